"""A board's rows as flat records for CSV and JSON, and as the lines that its table draws."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from evaluations.common.templatetags.marks import signed
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.questions import SHARPENED
from evaluations.leaderboards.boards.reliability import (
    AGREEMENT_WORDS,
    Reliability,
    agreement_word,
)
from evaluations.leaderboards.boards.rows import rank_groups, share
from evaluations.leaderboards.boards.sharpened import COLUMNS as SHARPENED_COLUMNS
from evaluations.leaderboards.boards.sharpened import as_fields
from evaluations.leaderboards.boards.standings import Question, Standing

COLUMNS = (
    "definition",
    "definition_version",
    "name",
    "model",
    "recipe",
    "outputs",
    "n",
    "met",
    "share",
    "low",
    "high",
    "reasoning",
    "partly",
    "not_reasoning",
    "undetermined",
    "bound_low",
    "bound_high",
    "coverage",
    "grade",
    "graded",
    "mean_tokens",
)


def as_record(version: DefinitionVersion, standing: Standing) -> dict[str, Any]:
    """A standing as one flat record, for CSV and JSON. Shares are 0 to 1, unknown is None."""
    tally, interval = standing.tally, standing.interval
    return {
        "definition": version.definition.slug,
        "definition_version": version.number,
        "name": version.definition.name,
        "model": standing.model.slug,
        "recipe": standing.recipe.slug,
        "outputs": tally.outputs,
        "n": tally.n,
        "met": tally.met,
        "share": tally.share,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "reasoning": standing.counts["reasoning"],
        "partly": standing.counts["partly"],
        "not_reasoning": standing.counts["not-reasoning"],
        "undetermined": standing.counts["undetermined"],
        "bound_low": tally.low,
        "bound_high": tally.high,
        "coverage": tally.coverage,
        "grade": standing.grade,
        "graded": standing.graded,
        "mean_tokens": standing.tokens,
    }


BOARD_COLUMNS = (
    *COLUMNS,
    "rank",
    "rank_high",
    "judgments",
    "undetermined_share",
    "partly_share",
    "right",
    "graded_by",
    "least_agreed",
    "alpha",
    "alpha_items",
    "alpha_values",
    "raw_agreement",
    "in_doubt",
)


def columns_of(question: Question) -> tuple[str, ...]:
    """The columns of a board's files."""
    return (*BOARD_COLUMNS, *SHARPENED_COLUMNS) if question.sharpened else BOARD_COLUMNS


def board_records(
    version: DefinitionVersion, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The rows of a board as flat records, for CSV and JSON. Shares are 0 to 1, unknown is None."""
    return [board_record(version, row) for row in rows]


def board_record(version: DefinitionVersion, row: Mapping[str, Any]) -> dict[str, Any]:
    standing: Standing = row["standing"]
    agreement: Reliability | None = row["agreement"]
    return {
        **as_record(version, standing),
        "rank": row["rank"],
        "rank_high": row["rank_high"],
        "judgments": row["judgments"],
        "undetermined_share": standing.tally.undetermined_share,
        "partly_share": row["partly_share"],
        "right": row["right"],
        "graded_by": row["graded_by"],
        "least_agreed": agreement.key if agreement else "",
        "alpha": agreement.alpha if agreement else None,
        "alpha_items": agreement.items if agreement else None,
        "alpha_values": agreement.values if agreement else None,
        "raw_agreement": agreement.raw.share if agreement else None,
        "in_doubt": row["doubt"],
        **(as_fields(row["sharpened"]) if "sharpened" in row else {}),
    }


def names_of(standing: Standing) -> dict[str, Any]:
    """Which model and recipe a record is about, and what they are called today."""
    return {
        "model_id": standing.model.pk,
        "model": standing.model.name,
        "recipe_id": standing.recipe.pk,
        "recipe": standing.recipe.name,
    }


Line = dict[str, Any]


def known(share: float | None) -> float:
    """A share to sort by: one that is unknown is below 0%."""
    return -1 if share is None else share


SORTS: Mapping[str, Callable[[Line], Any]] = {
    "name": lambda line: (line["model"].casefold(), line["recipe"].casefold()),
    "share": lambda line: -line["share"],
    "sharpened": lambda line: -known(line.get("sharpened_share")),
    "n": lambda line: -line["n"],
    "agreement": lambda line: AGREEMENT_WORDS.index(line["word"]),
    "tokens": lambda line: (line["mean_tokens"] is None, line["mean_tokens"] or 0),
    "right": lambda line: -known(line["right_share"]),
}
"""The orders of a board beside its own, which is by rank; what was not asked stays last."""


def line_of(
    record: Mapping[str, Any],
    names: Mapping[str, Any],
    title: str,
    links: Mapping[str, str] | None = None,
) -> Line:
    """A record of a board with what its row shows beside the stored numbers.

    Args:
        record: as `records.board_record` gives it, or as a snapshot keeps it.
        names: what its model and its recipe are called.
        title: of the criterion on which its judges agree least.
        links: where its numbers lead, as `rows.links_of` names them.
    """
    links = links or {}
    counts = {
        "reasoning": record["reasoning"],
        "partly": record["partly"],
        "not-reasoning": record["not_reasoning"],
        "undetermined": record["undetermined"],
    }
    return {
        **record,
        "model": names["model"],
        "recipe": names["recipe"],
        "called": f"{names['model']}, {names['recipe']}" if record["recipe"] else names["model"],
        "key": "--".join(filter(None, (record["model"], record["recipe"]))),
        "counts": counts,
        "verdicts": [
            (word, count, links.get(word.replace("-", "_"), "")) for word, count in counts.items()
        ],
        "word": agreement_word(record.get("alpha"), record.get("alpha_items") or 0),
        "alpha_words": "" if record.get("alpha") is None else signed(record["alpha"]),
        "least": title,
        "right_share": share(record["right"], record["graded"]),
        "worth": (record.get("effective_n") or record["n"]) - record["n"],
        "links": links,
    }


def live_line(version: Any, row: Mapping[str, Any]) -> Line:
    """A row of `rows.board_rows` as a line, with where its numbers lead."""
    standing, agreement = row["standing"], row["agreement"]
    return {
        **line_of(
            board_record(version, row),
            names_of(standing),
            agreement.title if agreement else "",
            row["links"],
        ),
        "model_url": reverse("model", args=[standing.model.slug]),
        "is_people": standing.model.is_people,
        "wrong": row["wrong"],
        "pairs": agreement.raw.pairs if agreement else 0,
        "lacks": row["lacks"],
        "yours": row["yours"],
    }


def in_order(lines: Sequence[Line], sort: str) -> list[list[Line]]:
    """Groups to draw with a rule between them: by rank, or all in one group by *sort*."""
    if sort not in SORTS:
        return rank_groups(lines)
    asked = [line for line in lines if line["n"]]
    return [sorted(asked, key=SORTS[sort]) + [line for line in lines if not line["n"]]]


HEADS = (
    ("rank", "Rank", "number middling", "ascending"),
    ("name", "Model", "", "ascending"),
    ("share", "Share", "number", "descending"),
    ("sharpened", "Sharpened", "number", "descending"),
    ("", "0 to 100%", "middling", ""),
    ("n", "n", "number", "descending"),
    ("", "Verdicts", "wide", ""),
    ("agreement", "Agreement", "middling", "descending"),
    ("tokens", "Tokens", "number wide", "ascending"),
    ("right", "Graded right", "number wide", "descending"),
)
"""Order in the address, label, classes and direction of each column of a board."""


def heads(
    parameters: QueryDict | None, sort: str = "", *, sharpened: bool = False
) -> list[dict[str, Any]]:
    """The heads of a board's columns with the address that sorts by each.

    Args:
        parameters: of the page's address, which are kept; None where the board is not sorted.
        sharpened: whether the board has that column.
    """
    current = sort if sort in SORTS else "rank"
    found = []
    for name, label, css, direction in HEADS:
        if name == SHARPENED and not sharpened:
            continue
        href = ""
        if name and parameters is not None:
            kept = parameters.copy()
            kept.pop("sort", None)
            if name != "rank":
                kept["sort"] = name
            href = f"?{kept.urlencode()}#board"
        found.append(
            {
                "name": name,
                "label": label,
                "css": css,
                "href": href,
                "direction": direction,
                "current": bool(href) and name == current,
            }
        )
    return found
