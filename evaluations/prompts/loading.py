"""Loading the catalogue's prompt sets. Loading again changes nothing."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from evaluations.grading import GradingError, UnusableReference, check_reference
from evaluations.prompts.generated import drafts_of, levels_from
from evaluations.prompts.generators import VersionMismatch
from evaluations.prompts.generators.named import NAMED
from evaluations.prompts.models import Family, Prompt, PromptSet

CATALOGUE = Path(__file__).parent / "catalogue"
EARLIER = "earlier-wordings"


class TextChanged(Exception):
    """A prompt's text is frozen: a correction needs a slug of its own."""


def prompts_of(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The prompts of a set's file: written there, or made by the generator that it names.

    Raises:
        VersionMismatch: where another version of the generator than the named one would make them.
        BadConfig: for difficulties or for more families than it has.
    """
    if "generated" not in entry:
        written: list[dict[str, Any]] = entry["prompts"]
        return written
    asked = entry["generated"]
    named = NAMED[asked["task"]]
    if named.version != asked["version"]:
        raise VersionMismatch(
            f"“{entry['slug']}” is made by {named.task} {asked['version']}, here is {named.version}"
        )
    drafts = drafts_of(
        named.task,
        seed=asked["seed"],
        size=asked["families"],
        levels=levels_from(asked["difficulty"], named),
    )
    found = []
    for draft in drafts:
        number = draft.origin["index"] + 1
        row = {name: getattr(draft, name) for name in MADE}
        family = f"{entry['slug']}-{number}"
        slug = f"{family}-{slugify(draft.title.rpartition(': ')[2])}"
        found.append({**row, "slug": slug, "family": family})
    return found


MADE = ("title", "text", "relation", "reference", "grader", "licence", "note", "origin")
SAID = ("title", "description", "limits", "domain", "licence", "source", "position")


@transaction.atomic
def load_prompts() -> int:
    """Load every prompt set; returns how many prompts are new.

    Raises:
        TextChanged: when a file gives a known slug another text.
        UnusableReference: when a grader could never find a reference in an answer.
    """
    new = 0
    for path in sorted(CATALOGUE.glob("*.json")):
        entry = json.loads(path.read_text(encoding="utf-8"))
        prompt_set, _ = PromptSet.objects.update_or_create(
            slug=entry["slug"], defaults={name: entry[name] for name in SAID if name in entry}
        )
        items = prompts_of(entry)
        slugs = [item["slug"] for item in items]
        known = dict(Prompt.objects.filter(slug__in=slugs).values_list("slug", "text"))
        families = families_named(items)
        rows = []
        for position, item in enumerate(items, start=1):
            if item["slug"] not in known:
                check(item, path.name)
                rows.append(row_of(item, prompt_set, families, position))
            elif known[item["slug"]] != item["text"]:
                raise TextChanged(
                    f"{path.name}: “{item['slug']}” has another text in the database. "
                    "Give the corrected prompt a new slug."
                )
        Prompt.objects.bulk_create(rows)
        for item in items:
            if item["slug"] not in known and item.get("replaces"):
                set_aside(item["replaces"], prompt_set)
        new += len(rows)
    return new


def check(item: dict[str, Any], file: str) -> None:
    """Raise UnusableReference where the grader of an item could never find its reference."""
    if item.get("grader"):
        try:
            check_reference(
                item["grader"], item.get("reference") or "", item.get("parameters") or {}
            )
        except GradingError as error:
            raise UnusableReference(f"{file}: “{item['slug']}”: {error}") from error


def families_named(items: list[dict[str, Any]]) -> dict[str, Family]:
    """The families that items name, by their slugs; the missing ones are made."""
    wanted = dict.fromkeys(item["family"] for item in items if item.get("family"))
    Family.objects.bulk_create([Family(slug=slug) for slug in wanted], ignore_conflicts=True)
    return {family.slug: family for family in Family.objects.filter(slug__in=list(wanted))}


def row_of(
    item: dict[str, Any], prompt_set: PromptSet, families: dict[str, Family], position: int
) -> Prompt:
    """A prompt that is not saved yet."""
    origin = item.get("origin")
    return Prompt(
        slug=item["slug"],
        prompt_set=prompt_set,
        title=item["title"],
        text=item["text"],
        family=families[item["family"]] if item.get("family") else None,
        relation=item.get("relation") or "",
        reference=item.get("reference") or "",
        grader=item.get("grader") or "",
        parameters=item.get("parameters") or {},
        origin=origin if isinstance(origin, dict) else {},
        licence=item["licence"],
        note=item.get("note") or "",
        position=position,
    )


def set_aside(slug: str, prompt_set: PromptSet) -> None:
    """Move a prompt that a better wording replaces out of its set: no new run asks it.

    What was written in answer to it stays, and so do the judgments.
    """
    replaced = Prompt.objects.filter(slug=slug, prompt_set=prompt_set)
    if not prompt_set.is_public:
        replaced.update(is_archived=True)  # the set of earlier wordings is everybody's
    elif replaced.exists():
        earlier, _ = PromptSet.objects.get_or_create(
            slug=EARLIER,
            defaults={
                "title": "Earlier wordings",
                "description": "Prompts that a better wording replaced, for what was written "
                "in answer to them.",
            },
        )
        replaced.update(prompt_set=earlier)
