"""Loading the catalogue's criteria and definitions. Loading again changes nothing.

An entry is read again only when the file has changed since it was last loaded, so what staff
wrote in between stays. A changed entry becomes a new version, and so does a definition whose rule
names a criterion that asks a new question; a definition that a person owns is left alone.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluations.definitions.actions import draft_definition, publish_version, word_criterion
from evaluations.definitions.catalogue import read
from evaluations.definitions.models import Criterion, Definition, DefinitionVersion, State
from evaluations.definitions.relation_actions import relate_all
from evaluations.rules import criteria


def digest_of(entry: Mapping[str, Any], position: int, *more: Mapping[str, int]) -> str:
    """A hash by which a later loading knows an entry that it has seen.

    Args:
        more: what else it depends on; nothing where that is empty.
    """
    text = json.dumps([position, entry, *filter(None, more)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def load_criteria() -> int:
    """Load every criterion; returns how many new wordings came into force."""
    written = 0
    for position, entry in enumerate(read("criteria.json"), start=1):
        digest = digest_of(entry, position)
        if Criterion.objects.filter(key=entry["key"], catalogue_digest=digest).exists():
            continue
        criterion, _ = Criterion.objects.update_or_create(
            key=entry["key"],
            defaults={
                "level": entry["level"],
                "answered_by": entry["answered_by"],
                "process": entry["process"],
                "position": position,
                "successors": entry.get("successors", []),
                "catalogue_digest": digest,
            },
        )
        before = criterion.versions.filter(is_current=True).first()
        wording = {name: entry[name] for name in ("title", "question", "guidance")}
        for side in ("positive", "negative"):
            example = entry.get(f"{side}_example") or {}
            wording[f"{side}_example"] = example.get("text", "")
            wording[f"{side}_why"] = example.get("why", "")
        meaning = entry.get("meaning", 1)
        worded = word_criterion(criterion=criterion, wording=wording, meaning=meaning)
        written += worded != before
    return written


@transaction.atomic
def load_definitions() -> int:
    """Load every definition and its links; returns how many versions were published."""
    published = 0
    entries = read("definitions.json")
    later = {
        entry["key"]: entry["meaning"]
        for entry in read("criteria.json")
        if entry.get("meaning", 1) > 1
    }
    changed = []
    for position, entry in enumerate(entries, start=1):
        asked = {key: later[key] for key in criteria(entry["rule"]) if key in later}
        digest = digest_of(entry, position, asked)
        if not Definition.objects.filter(slug=entry["slug"], catalogue_digest=digest).exists():
            changed.append((position, entry, asked, digest))
    for position, entry, asked, digest in changed:
        definition, created = Definition.objects.get_or_create(
            slug=entry["slug"], defaults=provenance(entry, position)
        )
        if definition.owner_id is not None:
            continue
        if not created:
            Definition.objects.filter(pk=definition.pk).update(**provenance(entry, position))
        # What staff took off the curated list does not come back with a new file.
        shipped = {} if definition.catalogue_digest else {"curated_at": timezone.now()}
        Definition.objects.filter(pk=definition.pk).update(catalogue_digest=digest, **shipped)
        current = definition.versions.filter(is_current=True).first()
        if current and current.state != State.PUBLISHED:
            # What staff retired or merged does not come back with a new file.
            continue
        fields = {
            "statement": entry["statement"],
            "quoted": entry["quoted"],
            "rule": entry["rule"],
            "reading": entry["reading"],
            "absence_policy": entry["absence_policy"],
            "partly_policy": entry["partly_policy"],
            "note": entry["note"],
        }
        change_note = entry.get("changed", "")
        if current and all(getattr(current, name) == value for name, value in fields.items()):
            if means(current, asked):
                continue
            change_note = "The rule is as before; questions that it names are asked anew."
        publish_version(
            version=draft_definition(definition=definition, change_note=change_note, **fields),
            related=False,
        )
        published += 1
    by_slug = {definition.slug: definition for definition in Definition.objects.all()}
    for _, entry, *_ in changed:
        by_slug[entry["slug"]].related.set(by_slug[slug] for slug in entry["related"])
    relate_all()
    return published


def means(version: DefinitionVersion, asked: Mapping[str, int]) -> bool:
    """Whether a version pins criteria by meanings that are at least those *asked*."""
    pinned = dict(version.criterion_versions.values_list("criterion__key", "meaning"))
    return all(pinned.get(key, 0) >= meaning for key, meaning in asked.items())


def provenance(entry: Mapping[str, Any], position: int) -> dict[str, Any]:
    """The fields that say where a definition comes from."""
    return {
        "name": entry["name"],
        "kind": entry["kind"],
        "author": entry["author"] or "",
        "year": entry["year"],
        "source": entry["source"] or "",
        "link": entry["link"] or "",
        "verification": entry["verification"],
        "position": position,
    }
