"""A board as a snapshot keeps it, and as it can be compared with another making of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.questions import SHARPENED
from evaluations.leaderboards.boards.records import board_records, columns_of, names_of
from evaluations.leaderboards.boards.rows import BY, board_rows
from evaluations.leaderboards.boards.sharpened import Refusals
from evaluations.leaderboards.boards.standings import Question, reading_of
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.graders import graders_in_words
from evaluations.leaderboards.models import Snapshot

NAMES = frozenset(
    {
        "definition",
        "definition_version",
        "name",
        "model",
        "recipe",
        "in_doubt",
        "graded_by",
        "sharpened_by",
        "not_sharpened",
    }
)
"""Columns in words: models may be renamed, reasons worded better. The numbers say the rest."""
TOLERANCE = 1e-9


@dataclass(frozen=True)
class FrozenBoard:
    """`rows` has the `columns`, the `records` and what graded them, `names` what each is about."""

    rows: Mapping[str, Any]
    names: Sequence[Mapping[str, Any]]

    def by_row(self) -> dict[tuple[int, int | None], tuple[str, Mapping[str, Any]]]:
        """(model id, recipe id) to the names and the record."""
        return {
            (name["model_id"], name["recipe_id"]): (f"{name['model']} + {name['recipe']}", record)
            for name, record in zip(self.names, self.rows["records"], strict=True)
        }


def board_of(
    version: DefinitionVersion,
    held: Matrix,
    question: Question,
    by: str = BY[0],
    frozen: Refusals | None = None,
) -> FrozenBoard:
    """The board of a matrix, as JSON can hold it. Makes the queries of `board_rows`.

    Args:
        version: with its definition and its pins.
        by: what a row is, of `boards.BY`.
        frozen: as `sharpening` takes it.
    """
    rows = board_rows(version, held, question, None, by, frozen=frozen)
    records = board_records(version, rows)
    return FrozenBoard(
        rows={
            "columns": list(columns_of(question)),
            "records": [{name: plain(value) for name, value in row.items()} for row in records],
            "graded_by": graders_in_words(held.graded_by[held.within(question.scope)]),
        },
        names=[names_of(row["standing"]) for row in rows],
    )


def refusals_of(board: FrozenBoard) -> Refusals:
    """Why rows were not sharpened; "" of those that were, or that nobody asked to sharpen."""
    return {
        (name["model_id"], name["recipe_id"] or 0): record.get("not_sharpened", "")
        for name, record in zip(board.names, board.rows["records"], strict=True)
    }


def plain(value: Any) -> Any:
    """A value of a record without numpy's types; there is one zero only."""
    if isinstance(value, np.generic):
        value = value.item()
    return value + 0.0 if isinstance(value, float) else value


def frozen_reading(version: DefinitionVersion, process: Iterable[str]) -> dict[str, Any]:
    """How a version reads, as JSON: its rule, what each criterion means, and the policies.

    `process` keeps those of its criteria that ask about the working.
    """
    reading = reading_of(version)
    return {
        "rule": reading.rule,
        "meanings": {key: meaning for key, (_, meaning) in reading.columns.items()},
        "absence_policy": reading.absence_policy,
        "partly_policy": reading.partly_policy,
        "process": sorted(set(process).intersection(reading.columns)),
    }


def asked_of(
    version: int, rule: Any, question: Mapping[str, str], method: int, rows: Mapping[str, Any]
) -> dict[str, Any]:
    """What a hash covers besides the digests of the rows."""
    return {
        "definition_version": version,
        "rule": rule,
        "question": dict(question),
        "method": method,
        "board": dict(rows),
    }


def kept_board(snapshot: Snapshot) -> FrozenBoard:
    """The board that a snapshot keeps."""
    return FrozenBoard(snapshot.rows, snapshot.names)


def ways_of(question: Mapping[str, str]) -> Question:
    """How the numbers of a frozen board came about: road, combination, and whether model judges
    sharpened them; nothing else."""
    default = Question()
    return Question(
        combine=question.get("combine", default.combine),
        road=question.get("road", default.road),
        sharpened=question.get("judges") == SHARPENED,
    )


def rows_by(question: Mapping[str, str]) -> str:
    """What a row of a frozen board is: "recipe" for model and recipe, or "model"."""
    return question.get("by", BY[0])


def differences(frozen: FrozenBoard, again: FrozenBoard) -> list[str]:
    """What two makings of a board differ in, a sentence for each row and column; names aside."""
    first, second = frozen.by_row(), again.by_row()
    columns = [name for name in frozen.rows["columns"] if name not in NAMES]
    found = []
    for key, (called, before) in first.items():
        if key not in second:
            found.append(f"{called} is on the board no more")
            continue
        after = second[key][1]
        found += [
            f"{called}: {name.replace('_', ' ')} was {shown(before.get(name))} and is "
            f"{shown(after.get(name))}"
            for name in columns
            if not same(before.get(name), after.get(name))
        ]
    return found + [f"{called} is new" for key, (called, _) in second.items() if key not in first]


def same(first: Any, second: Any) -> bool:
    """Equal; floats to nine places, since sums may be made in another order."""
    if isinstance(first, float) and isinstance(second, int | float):
        return math.isclose(first, second, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(first == second)


def shown(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
