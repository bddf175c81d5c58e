"""The boards and the agreement of a frozen study, made again from its answers.

Goes along with a frozen study, beside the rules and measures that it calls; nothing of the site.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evaluations.measures.agreement import agreeing_pairs, alphas
from evaluations.measures.row_ranks import prompt_means_of, ranking_of
from evaluations.measures.shares import intervals_of
from evaluations.rules import (
    CODES,
    WITHHELD,
    apply_absence_policy_arrays,
    combine_judges,
    criteria,
    evaluate_arrays,
    tally_groups,
)

Row = dict[str, Any]
Column = tuple[str, int]
Subject = tuple[str, Any]
NAMED = ("output", "prompt", "model", "recipe", "family")
"""What a finding can name: each output that has all of it."""
NEEDED = (*NAMED, "state", "trace_visibility", "grade", "tokens_out")
"""What is kept of an output: its texts would fill the memory."""
FLOOR, LEAST_ITEMS = 0.667, 10
"""Alpha below which nothing is concluded, and how many items it takes to say so."""


def rows_of(folder: Path, name: str) -> Iterator[Row]:
    """The lines of a file; none where the study has no such file."""
    path = folder / f"{name}.jsonl"
    if path.exists():
        with path.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                yield json.loads(line)


# Answers -----------------------------------------------------------------------------------------


class Release:
    """What boards count of a frozen study, by what it is about."""

    def __init__(self, folder: Path) -> None:
        self.outputs = [
            {name: row[name] for name in NEEDED}
            for row in rows_of(folder, "outputs")
            if row["counted"]
        ]
        self.given: dict[tuple[Any, ...], list[tuple[int, str]]] = {}
        """Code and judge of each answer to a question about a subject."""
        same: dict[tuple[int, str], tuple[int, str]] = {}
        here = {row["output"] for row in self.outputs}
        prompts = {row["prompt"] for row in self.outputs}
        for row in rows_of(folder, "answers"):
            if row["counted"] and (row["output"] in here or row["prompt"] in prompts):
                said = CODES[row["answer"]], row["judge"]
                self.given.setdefault(key_of(row), []).append(same.setdefault(said, said))
        self.findings: dict[tuple[Any, ...], list[tuple[int, Row]]] = {}
        """Question and the first of what a finding names, to those that name it, with their age."""
        for age, row in enumerate(rows_of(folder, "findings")):
            first = next((name for name in NAMED if row[name] is not None), NAMED[0])
            key = (row["criterion"], row["meaning"], first, row[first])
            self.findings.setdefault(key, []).append((age, row))
        self.definitions = {
            (row["slug"], row["version"]): row for row in rows_of(folder, "definitions")
        }
        self.process = {row["criterion"] for row in rows_of(folder, "criteria") if row["process"]}
        self.judged = {
            row["criterion"] for row in rows_of(folder, "criteria") if row["answered_by"] == "judge"
        }
        self.rows, self.row_of = numbered((row["model"], row["recipe"]) for row in self.outputs)
        _, self.prompt_of = numbered(row["prompt"] for row in self.outputs)
        _, family_of = numbered(row["family"] or "" for row in self.outputs)
        named = np.array([row["family"] is not None for row in self.outputs], np.bool_)
        self.family_of = np.where(named, family_of, 0)
        self.written = np.array([row["state"] == "done" for row in self.outputs], np.bool_)
        self.withheld = np.array(
            [row["trace_visibility"] in WITHHELD for row in self.outputs], np.bool_
        )
        self.columns: dict[tuple[Any, ...], tuple[Any, Any]] = {}
        """What was made of each question, for the next definition that asks it."""

    def subjects(self, output: Row) -> list[Subject]:
        """Itself, and its prompt: answers about the output come first."""
        return [("output", output["output"]), ("prompt", output["prompt"])]

    def known(self, asked: tuple[Any, ...], subject: Subject) -> list[int]:
        """What was answered to a question about one subject."""
        return [code for code, _ in self.given.get((*asked, *subject), [])]

    def judges(self, asked: tuple[Any, ...], subject: Subject) -> set[str]:
        """Who answered it."""
        return {judge for _, judge in self.given.get((*asked, *subject), [])}

    def found(self, column: Column, output: Row) -> int | None:
        """What the newest finding that concerns an output says."""
        concern = [
            (age, row["answer"])
            for name in NAMED
            for age, row in self.findings.get((*column, name, output[name]), [])
            if all(row[other] is None or row[other] == output[other] for other in NAMED)
        ]
        return CODES[max(concern)[1]] if concern else None

    def combined(self, asked: tuple[Any, ...], output: Row) -> int | None:
        """The lower median of the known answers about an output; None where nobody was asked."""
        for subject in self.subjects(output):
            if given := self.known(asked, subject):
                return CODES[combine_judges([WORD_OF[code] for code in given])]
        return self.found(asked[1:], output) if asked[0] == "criterion" else None


WORD_OF = {code: word for word, code in CODES.items()}


def key_of(row: Row) -> tuple[Any, ...]:
    """The question of an answer, and what it is about."""
    about = ("prompt", row["prompt"]) if row["output"] is None else ("output", row["output"])
    if row["road"] == "criterion":
        return ("criterion", row["criterion"], row["meaning"], *about)
    return (row["road"], row["definition"], row["definition_version"], *about)


def numbered(labels: Iterable[Any]) -> tuple[list[Any], Any]:
    """The different labels, sorted, and the number of each from 1; the first list from 0."""
    every = list(labels)
    distinct = sorted(set(every))
    place = {label: number for number, label in enumerate(distinct, start=1)}
    return distinct, np.array([place[label] for label in every], np.int64)


# Boards ------------------------------------------------------------------------------------------


def board_of(release: Release, definition: Row, road: str) -> dict[tuple[str, str], Row]:
    """A board again: model and recipe to its numbers."""
    verdicts, asked = verdicts_of(release, definition, road)
    number, count = release.row_of - 1, len(release.rows)
    tallies = tally_groups(verdicts, asked, number, count, definition["partly_policy"])
    met = verdicts == CODES["yes"]
    if definition["partly_policy"] == "met":
        met |= verdicts == CODES["partly"]
    judged = (met[asked], number[asked], count, release.prompt_of[asked], release.family_of[asked])
    intervals = intervals_of(*judged)
    ranks = ranking_of(prompt_means_of(judged[0], judged[1], count, judged[3], judged[4])).ranks()
    found = {}
    for row, names in enumerate(release.rows):
        said = verdicts[asked & (number == row)]
        interval, rank, tally = intervals[row], ranks[row], tallies[row]
        mine = [release.outputs[place] for place in np.flatnonzero(number == row)]
        judged_here = [release.outputs[place] for place in np.flatnonzero(asked & (number == row))]
        partly = int((said == CODES["partly"]).sum())
        found[names] = {
            "outputs": tally.outputs,
            "n": tally.n,
            "met": tally.met,
            "share": tally.share,
            "low": interval.low if interval else None,
            "high": interval.high if interval else None,
            "reasoning": int((said == CODES["yes"]).sum()),
            "partly": partly,
            "not_reasoning": int((said == CODES["no"]).sum()),
            "undetermined": int((said == CODES["cannot-tell"]).sum()),
            "rank": rank.best if rank else None,
            "rank_high": rank.worst if rank else None,
            "bound_low": tally.low,
            "bound_high": tally.high,
            "coverage": tally.coverage,
            "undetermined_share": tally.undetermined_share,
            "partly_share": partly / tally.n if tally.n else None,
            **graded(mine),
            "judgments": judgments_on(release, questions_of(definition, road), judged_here),
            **least_agreed(release, definition, road, judged_here),
        }
    return found


def graded(outputs: Sequence[Row]) -> Row:
    """What the outputs of a row were graded, and how long they are."""
    written = [row for row in outputs if row["state"] == "done"]
    grades = [row["grade"] for row in written if row["grade"] is not None]
    tokens = [row["tokens_out"] for row in written if row["tokens_out"] is not None]
    return {
        "grade": sum(grades) / len(grades) if grades else None,
        "graded": len(grades),
        "right": grades.count(1.0),
        "mean_tokens": sum(tokens) / len(tokens) if tokens else None,
    }


def judgments_on(
    release: Release, questions: Mapping[str, tuple[Any, ...]], outputs: Sequence[Row]
) -> int:
    """Judges and outputs, or prompts, that met over a rule."""
    subjects = {subject for output in outputs for subject in release.subjects(output)}
    asked = questions.values()
    nobody: set[str] = set()
    return sum(
        len(nobody.union(*(release.judges(question, subject) for question in asked)))
        for subject in subjects
    )


def questions_of(definition: Row, road: str) -> dict[str, tuple[Any, ...]]:
    """Criterion key, or "direct", to the question in the answers."""
    if road == "direct":
        return {"direct": ("definition", definition["slug"], definition["version"])}
    return {key: ("criterion", *column) for key, column in columns_of(definition).items()}


def verdicts_of(release: Release, definition: Row, road: str) -> tuple[Any, Any]:
    """The verdict on each output as a code, and where the whole rule was asked."""
    if road == "direct":
        return column_of(release, ("definition", definition["slug"], definition["version"]))
    columns, asked = {}, release.written.copy()
    for key, column in columns_of(definition).items():
        columns[key], here = column_of(release, ("criterion", *column))
        asked &= here
    seen = apply_absence_policy_arrays(
        columns,
        policy=definition["absence_policy"],
        withheld=release.withheld,
        process=release.process.intersection(columns),
    )
    return evaluate_arrays(definition["rule"], seen, length=len(release.outputs)), asked


def columns_of(definition: Row) -> dict[str, Column]:
    """Criterion key to the column that the definition means."""
    pinned = {pin["criterion"]: pin["meaning"] for pin in definition["pins"]}
    return {key: (key, pinned.get(key, 1)) for key in criteria(definition["rule"])}


def column_of(release: Release, question: tuple[Any, ...]) -> tuple[Any, Any]:
    """The combined answers to a question about each output as codes, and where it was asked."""
    if question in release.columns:
        return release.columns[question]
    said = [release.combined(question, output) for output in release.outputs]
    unknown = CODES["cannot-tell"]
    codes = np.array([unknown if code is None else code for code in said], np.int8)
    asked = np.array([code is not None for code in said], np.bool_)
    release.columns[question] = codes, asked
    return codes, asked


# Agreement ---------------------------------------------------------------------------------------


def agreement_of(
    release: Release, question: tuple[Any, ...], outputs: Sequence[Row]
) -> dict[str, Any]:
    """Krippendorff's ordinal alpha and raw agreement on one question over these outputs."""
    subjects = {subject for output in outputs for subject in release.subjects(output)}
    given = [release.known(question, subject) for subject in sorted(subjects, key=str)]
    counts = np.array([[codes.count(code) for code in range(3)] for codes in given], np.int64)
    unknown = np.array([codes.count(CODES["cannot-tell"]) for codes in given], np.int64)
    counts = counts.reshape(len(given), 3)
    same, pairs = agreeing_pairs(counts, unknown)
    both = counts[counts.sum(axis=1) >= 2].astype(np.float64)
    alpha = float("nan")
    if len(both):
        alpha = float(alphas(np.ones((1, len(both))), np.arange(3.0), both, "ordinal")[0])
    return {
        "alpha": None if math.isnan(alpha) else alpha,
        "alpha_items": len(both),
        "alpha_values": int(both.sum()),
        "raw_agreement": int(same.sum()) / int(pairs.sum()) if pairs.sum() else None,
    }


def least_agreed(release: Release, definition: Row, road: str, outputs: Sequence[Row]) -> Row:
    """The question on which the judges of these outputs agree least, and how far they do."""
    pinned = {pin["criterion"] for pin in definition["pins"]} & release.judged | {"direct"}
    found = [
        {"least_agreed": key, **agreement_of(release, question, outputs)}
        for key, question in questions_of(definition, road).items()
        if key in pinned
    ]
    nothing = dict.fromkeys(("alpha", "alpha_items", "alpha_values", "raw_agreement"))
    return min(found, key=weight_of, default={"least_agreed": "", **nothing})


def weight_of(agreement: Row) -> tuple[int, float, float]:
    """Sorts first what carries a share least."""
    alpha, items = agreement["alpha"], agreement["alpha_items"]
    raw = agreement["raw_agreement"] or 0.0
    if alpha is not None and alpha < FLOOR:
        return 0, round(alpha, 9), raw
    return (1, items, raw) if alpha is None or items < LEAST_ITEMS else (2, alpha, 0.0)
