"""The lines of a study's files that say what was asked: protocol, items, definitions, criteria,
and what is known without a judge's answer."""

from typing import Any

from django.db.models import Q

from evaluations.curation.contents import contents_of
from evaluations.curation.folds import as_folded
from evaluations.curation.models import Collection
from evaluations.curation.outward.files import shared
from evaluations.definitions.models import CriterionVersion, DefinitionVersion, as_dict
from evaluations.exchange.studies.records import CHUNK, Lines, Record, remarks, time_of
from evaluations.exchange.studies.study import Study
from evaluations.judgments.models import (
    Adjudication,
    Finding,
    GoldAnswer,
    Item,
    ProtocolVersion,
)

VERSION_FIELDS = (
    "subject", "selection", "judges_per_item", "shows_source", "asks_holistic", "steps",
    "asks_confidence", "asks_agreement", "shows_reference", "skip_policy", "gold_share",
    "gold_feedback", "qualification_share", "repeat_share", "suggestion_share",
)  # fmt: skip


def protocol_lines(study: Study) -> Lines:
    """Each version of a protocol: what it asked about which outputs."""
    if study.protocol is None:
        return
    rows = ProtocolVersion.objects.filter(protocol=study.protocol).order_by("number")
    for version in rows:
        yield {
            "protocol": study.protocol.slug,
            "title": study.protocol.title,
            "version": version.number,
            "in_force": version.is_current,
            "frozen_at": time_of(study, version.frozen_at),
            "access": study.protocol.access,
            **{name: getattr(version, name) for name in VERSION_FIELDS},
            "blocks": [
                {
                    "block": place.block.slug,
                    "title": place.block.title,
                    "criteria": [
                        each.criterion.key for each in place.block.blockcriterion_set.all()
                    ],
                }
                for place in version.protocolblock_set.select_related("block").order_by("position")
            ],
            "definitions": [
                {
                    "definition": place.definition_version.definition.slug,
                    "version": place.definition_version.number,
                }
                for place in version.protocoldefinition_set.select_related(
                    "definition_version__definition"
                ).order_by("position")
            ],
        }


def item_lines(study: Study) -> Lines:
    """The items of a protocol whose outputs go out. Which are gold is said once it is closed, and
    so is how far each came: gold items count nobody, which would tell them from the others."""
    if study.protocol is None:
        return
    keys = study.outputs.order_by().values("pk")
    whole = Q(output__in=keys) | Q(left__in=keys, right__in=keys)
    whole |= Q(prompt__in=study.prompts.order_by().values("pk"))
    rows = Item.objects.filter(whole, version__protocol=study.protocol)
    fields = (
        "id", "version__number", "output_id", "left_id", "right_id", "prompt__slug", "needed",
        "done", "is_gold", "is_qualification",
    )  # fmt: skip
    closed = study.protocol.closed_at is not None
    for row in rows.order_by("pk").values(*fields).iterator(CHUNK):
        yield {
            "item": row["id"],
            "protocol_version": row["version__number"],
            "output": row["output_id"],
            "left": row["left_id"],
            "right": row["right_id"],
            "prompt": row["prompt__slug"],
            "needed": row["needed"] if closed else None,
            "done": row["done"] if closed else None,
            "gold": row["is_gold"] if closed else None,
            "qualification": row["is_qualification"] if closed else None,
        }


def gold_lines(study: Study) -> Lines:
    """The expected answers of a protocol that is closed."""
    if study.protocol is None or study.protocol.closed_at is None:
        return
    rows = GoldAnswer.objects.filter(item__version__protocol=study.protocol)
    for gold in rows.select_related("criterion_version__criterion").order_by("pk").iterator(CHUNK):
        yield {
            "item": gold.item_id,
            "criterion": gold.criterion_version.criterion.key,
            "wording": gold.criterion_version.number,
            "answer": gold.value,
            "feedback": gold.feedback or None,
        }


def adjudication_lines(study: Study) -> Lines:
    """Decisions on disputes, for who oversees the protocol."""
    if study.protocol is None or not study.oversees:
        return
    rows = Adjudication.objects.filter(item__version__protocol=study.protocol, is_current=True)
    for row in rows.select_related("item__prompt", "criterion_version__criterion").order_by("pk"):
        yield {
            "item": row.item_id,
            "output": row.item.output_id,
            "prompt": row.item.prompt.slug if row.item.prompt else None,
            "criterion": row.criterion_version.criterion.key,
            "wording": row.criterion_version.number,
            "answer": row.value,
            "reason": row.reason,
            "decided_at": time_of(study, row.created_at),
            **remarks(study, note=row.note),
        }


def finding_lines(study: Study) -> Lines:
    """Answers that no judge gave, oldest first: of several about one output the last holds."""
    rows = study_findings(study).select_related(
        "criterion_version__criterion", "prompt", "model", "recipe", "family"
    )
    for row in rows.iterator(CHUNK):
        wording = row.criterion_version
        yield {
            "finding": row.pk,
            "criterion": wording.criterion.key,
            "wording": wording.number,
            "meaning": wording.meaning,
            "output": row.output_id,
            "prompt": row.prompt.slug if row.prompt else None,
            "model": row.model.slug if row.model else None,
            "recipe": row.recipe.slug if row.recipe else None,
            "family": row.family.slug if row.family else None,
            "answer": row.value,
            "source": row.source,
            "link": row.link or None,
            "note": row.note or None,
        }


def study_findings(study: Study) -> Any:
    """The findings in force that concern an output of the study."""
    outputs = study.outputs.order_by()
    about = Q(output__in=outputs.values("pk")) | Q(prompt__in=outputs.values("prompt"))
    about |= Q(model__in=outputs.values("run__model"), recipe=None)
    about |= Q(
        model__in=outputs.values("run__model"),
        recipe__in=outputs.values("run__recipe"),
        family__in=outputs.exclude(prompt__family=None).values("prompt__family"),
    )
    return Finding.objects.filter(about, is_current=True, withdrawn_at=None).order_by("pk")


def versions_of(study: Study) -> list[DefinitionVersion]:
    """The definitions of a study, in catalogue order: what its protocol asks about or people
    classified by, and the curated ones in force. With their pins, as `with_pins` reads them."""
    named = Q(pk__in=DefinitionVersion.objects.curated().order_by().values("pk"))
    answered = study.answers.exclude(definition_version=None).order_by()
    named |= Q(pk__in=answered.values("definition_version"))
    if study.protocol is not None:
        named |= Q(protocols__protocol=study.protocol)
    if study.kind == "site":
        named = Q()
    rows = DefinitionVersion.objects.filter(named, published_at__isnull=False).distinct()
    return list(
        rows.select_related("definition", "author", "forked_from__definition")
        .order_by("definition__position", "definition__slug", "number")
        .with_pins()
    )


def definition_lines(study: Study) -> Lines:
    for version in versions_of(study):
        yield {
            **as_dict(version),
            "pins": [
                {
                    "criterion": wording.criterion.key,
                    "wording": wording.number,
                    "meaning": wording.meaning,
                }
                for wording in version.pinned
            ],
        }


def criterion_lines(study: Study) -> Lines:
    """The wordings of everything that was asked, and that the definitions mean."""
    pinned = {wording.pk for version in versions_of(study) for wording in version.pinned}
    answered = study.answers.exclude(criterion_version=None).order_by()
    named = Q(pk__in=pinned) | Q(pk__in=answered.values("criterion_version"))
    named |= Q(pk__in=study_findings(study).order_by().values("criterion_version"))
    rows = CriterionVersion.objects.filter(named).select_related("criterion")
    for wording in rows.order_by("criterion__position", "criterion__key", "number"):
        yield criterion_line(wording)


def criterion_line(wording: CriterionVersion) -> Record:
    criterion = wording.criterion
    return {
        "criterion": criterion.key,
        "wording": wording.number,
        "meaning": wording.meaning,
        "level": criterion.level,
        "answered_by": criterion.answered_by,
        "process": criterion.process,
        **{
            name: getattr(wording, name) or None
            for name in (
                "title", "question", "guidance", "positive_example", "positive_why",
                "negative_example", "negative_why",
            )
        },
    }  # fmt: skip


def collection_lines(study: Study) -> Lines:
    """The items of a collection, as its own files have them."""
    if isinstance(study.of, Collection):
        yield from shared(as_folded(study.of, contents_of(study.of)))[0]
