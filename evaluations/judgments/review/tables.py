"""The tables of a protocol's progress page as flat records, for CSV and JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from evaluations.judgments.answers.suggestions import effect
from evaluations.judgments.models import ProtocolVersion
from evaluations.judgments.protocols.reading import asked_wordings
from evaluations.judgments.review.adjudication import adjudications_of
from evaluations.judgments.review.agreement import agreement_of, power_of
from evaluations.judgments.review.disputes import disputed_items
from evaluations.judgments.review.fidelity import VALUES, fidelity_of
from evaluations.judgments.review.first_errors import Place, first_errors_under
from evaluations.judgments.review.progress import gold_accuracy, judges_of, standing_of
from evaluations.measures.intervals import Interval

Record = Mapping[str, Any]


@dataclass(frozen=True)
class TableRequest:
    """What a table is asked for: of whom, named or not, and the power estimate's form."""

    version: ProtocolVersion
    guests: bool = False
    named: bool = False
    question: str = ""
    width: float = 0.2


@dataclass(frozen=True)
class Table:
    columns: Sequence[str]
    records: Callable[[TableRequest], list[Record]]


def bounds(name: str, interval: Interval | None) -> Record:
    """An interval as three columns."""
    low, high = (interval.low, interval.high) if interval else (None, None)
    return {name: interval and interval.estimate, f"{name}_low": low, f"{name}_high": high}


def progress_records(asked: TableRequest) -> list[Record]:
    standing = standing_of(asked.version)
    by = standing.done_by
    return [
        {
            **{name: getattr(standing, name) for name in PROGRESS[:10]},
            "finished_a_day": standing.pace,
            "done_by": by and by.date().isoformat(),
        }
    ]


PROGRESS = (
    "items", "untouched", "part", "finished", "done", "needed", "gold", "held", "surplus",
    "begun", "finished_a_day", "done_by",
)  # fmt: skip


def judge_records(asked: TableRequest) -> list[Record]:
    judges = judges_of(asked.version, gold_accuracy(asked.version), named=asked.named)
    return [
        {
            "judge": row.label,
            "kind": row.kind,
            "items": row.items,
            "forms": row.forms,
            "surplus": row.surplus,
            "median_seconds": row.seconds,
            "first": row.first,
            "last": row.last,
            "gold_right": row.gold.right,
            "gold_asked": row.gold.asked,
            **bounds("gold_accuracy", row.gold.interval),
            "repeats_same": row.steady.same,
            "repeats": row.steady.n,
            **bounds("consistency", row.steady.interval),
            "set_aside": "; ".join(map(str, row.asides)),
        }
        for row in judges
    ]


JUDGES = (
    "judge", "kind", "items", "forms", "surplus", "median_seconds", "first", "last", "gold_right",
    "gold_asked", "gold_accuracy", "gold_accuracy_low", "gold_accuracy_high",
    "repeats_same", "repeats", "consistency", "consistency_low", "consistency_high",
    "set_aside",
)  # fmt: skip


def agreement_records(asked: TableRequest) -> list[Record]:
    return [
        {
            "question": row.question.key,
            "level": row.question.level,
            "items": row.items,
            "judges": row.judges,
            "pairable_values": row.pairable,
            "left_out": row.left_out,
            **bounds("alpha", row.alpha.value),
            # Where only the interval is not defined, alpha still stands.
            "alpha": row.spread,
            "alpha_undefined": row.alpha.why_not or None,
            "raw_agreement": row.raw.value and row.raw.value.estimate,
            "ac1": row.ac1.value and row.ac1.value.estimate,
        }
        for row in agreement_of(asked.version, guests=asked.guests)
    ]


AGREEMENT = (
    "question", "level", "items", "judges", "pairable_values", "left_out", "alpha", "alpha_low",
    "alpha_high", "alpha_undefined", "raw_agreement", "ac1",
)  # fmt: skip


def gold_records(asked: TableRequest) -> list[Record]:
    gold = gold_accuracy(asked.version)
    return [
        {
            "criterion": wording.criterion.key,
            "right": gold.on(wording).right,
            "asked": gold.on(wording).asked,
            **bounds("accuracy", gold.on(wording).interval),
        }
        for wording in asked_wordings(asked.version)
    ]


GOLD = ("criterion", "right", "asked", "accuracy", "accuracy_low", "accuracy_high")


def disputed_records(asked: TableRequest) -> list[Record]:
    slug = asked.version.protocol.slug
    return [
        {
            "item": item.pk,
            "output": item.output,
            "prompt": item.prompt,
            "item_disagreement": item.total,
            "criterion": dispute.wording.criterion.key,
            "disagreement": dispute.disagreement,
            "yes": dispute.yes,
            "partly": dispute.partly,
            "no": dispute.no,
            "cannot_tell": dispute.unknown,
            "judges_to_come": item.missing,
            "adjudicated": dispute.decided,
            "page": reverse("protocol-adjudicate-item", args=[slug, item.pk]),
        }
        for item in disputed_items(asked.version, guests=asked.guests).items
        for dispute in item.disputes
    ]


DISPUTED = (
    "item", "output", "prompt", "item_disagreement", "criterion", "disagreement", "yes", "partly",
    "no", "cannot_tell", "judges_to_come", "adjudicated", "page",
)  # fmt: skip


def adjudication_records(asked: TableRequest) -> list[Record]:
    return [
        {
            "adjudication": row.pk,
            "item": row.item_id,
            "output": row.item.output_id,
            "prompt": row.item.prompt_id,
            "criterion": row.criterion.key,
            "criterion_version": row.criterion_version.number,
            "value": row.value,
            "reason": row.reason,
            "note": row.note,
            "decided_by": row.decided_by.get_username() if row.decided_by else None,
            "decided_at": row.created_at,
            "supersedes": row.supersedes_id,
            "current": row.is_current,
        }
        for row in adjudications_of(asked.version)
    ]


ADJUDICATIONS = (
    "adjudication", "item", "output", "prompt", "criterion", "criterion_version", "value",
    "reason", "note", "decided_by", "decided_at", "supersedes", "current",
)  # fmt: skip


def fidelity_records(asked: TableRequest) -> list[Record]:
    return [
        {
            "definition": row.definition.definition.slug,
            "definition_version": row.definition.number,
            "road": "holistic" if row.holistic else "direct",
            "pairs": row.pairs,
            "settled": row.settled,
            "undetermined": row.undetermined,
            "cannot_tell": row.cannot_tell,
            **bounds("same", row.share),
            **{
                f"computed_{ours}_said_{theirs}": row.table[i][j]
                for i, ours in enumerate(VALUES)
                for j, theirs in enumerate(VALUES)
            },
        }
        for row in fidelity_of(asked.version, guests=asked.guests)
    ]


FIDELITY = (
    "definition", "definition_version", "road", "pairs", "settled", "undetermined",
    "cannot_tell", "same", "same_low", "same_high",
    *(f"computed_{ours}_said_{theirs}" for ours in VALUES for theirs in VALUES),
)  # fmt: skip


def power_records(asked: TableRequest) -> list[Record]:
    rows = agreement_of(asked.version, guests=asked.guests)
    chosen = [row for row in rows if row.question.key == asked.question] or rows[:1]
    return [
        {
            "question": row.question.key,
            "items": row.items,
            "wanted_width": asked.width,
            "judges_an_item": judges,
            "expected_width": width,
            "narrow_enough": width is not None and width <= asked.width,
        }
        for row in chosen
        for judges, width in power_of(row, asked.width).widths
    ]


POWER = (
    "question", "items", "wanted_width", "judges_an_item", "expected_width", "narrow_enough",
)  # fmt: skip


def suggestion_records(asked: TableRequest) -> list[Record]:
    found = effect(asked.version)
    if found is None:
        return []
    return [
        {
            "judgments_shown": found.shown,
            "judgments_hidden": found.hidden,
            "answers_shown": found.answers_shown,
            "answers_hidden": found.answers_hidden,
            "agreement_shown": found.agreement_shown,
            "agreement_hidden": found.agreement_hidden,
            **bounds("difference", found.difference),
            "clustered_by": found.clustered_by or None,
        }
    ]


SUGGESTIONS = (
    "judgments_shown", "judgments_hidden", "answers_shown", "answers_hidden", "agreement_shown",
    "agreement_hidden", "difference", "difference_low", "difference_high", "clustered_by",
)  # fmt: skip


def first_error_records(asked: TableRequest) -> list[Record]:
    """One row an output and judge, steps counted from 1."""
    compared = first_errors_under(asked.version, guests=asked.guests)

    def said(place: Place) -> str:
        return "none" if place == "none" else str(place + 1)

    return [
        {
            "output": row.output_id,
            "steps": row.steps,
            "annotators": said(row.reference),
            "judge": number,
            "answer": said(place),
            "same": place == row.reference,
        }
        for row in (compared.table if compared else [])
        for number, place in enumerate(row.given.values(), start=1)
    ]


FIRST_ERRORS = ("output", "steps", "annotators", "judge", "answer", "same")

TABLES: Mapping[str, Table] = {
    "progress": Table(PROGRESS, progress_records),
    "judges": Table(JUDGES, judge_records),
    "agreement": Table(AGREEMENT, agreement_records),
    "gold": Table(GOLD, gold_records),
    "disputed": Table(DISPUTED, disputed_records),
    "adjudications": Table(ADJUDICATIONS, adjudication_records),
    "fidelity": Table(FIDELITY, fidelity_records),
    "power": Table(POWER, power_records),
    "first-errors": Table(FIRST_ERRORS, first_error_records),
    "suggestions": Table(SUGGESTIONS, suggestion_records),
}
