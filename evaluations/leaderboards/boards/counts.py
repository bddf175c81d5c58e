"""How many judgments a share rests on."""

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.boards.standings import (
    Groups,
    Question,
    Reading,
    Ruled,
    reading_of,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.answers import UNKNOWN_WAY, Integers
from evaluations.leaderboards.matrix.columns import Matrix

DENSE = 50_000_000
"""Up to so many pairs of judge and subject a mark each is kept in memory for a moment."""


def judgments_by_group(
    version: Ruled, matrix: Matrix, question: Question, groups: Groups
) -> list[int]:
    """Judgments behind each row: judges and outputs, or prompts, that met over the rule.

    Only on outputs that a share is of, which is where the whole rule was asked, and only answers
    that the question counts. A judge who answered several criteria of the rule about one output
    counts once for it; an answer about a prompt counts once in each row with an output to it.
    """
    groups = groups.where(rule_on_outputs(version, matrix, question).asked)
    reading = reading_of(version)
    count = len(groups.model)
    about_outputs = judges_of_each("output", reading, matrix, question)
    about_prompts = judges_of_each("prompt", reading, matrix, question)
    total = np.bincount(groups.number, weights=about_outputs[groups.places], minlength=count)
    if about_prompts.any():
        width = len(matrix.prompts)
        cells = np.unique(groups.number * width + matrix.prompt_index[groups.places])
        total += np.bincount(cells // width, weights=about_prompts[cells % width], minlength=count)
    found: list[int] = total.astype(np.int64).tolist()
    return found


def judges_behind(version: Ruled, matrix: Matrix, question: Question) -> int:
    """Different judges behind the shares of a board's models, as `judgments_by_group` counts
    them."""
    asked = rule_on_outputs(version, matrix, question).asked & ~matrix.by_people
    reading = reading_of(version)

    def count() -> int:
        prompts = np.zeros(len(matrix.prompts), np.bool_)
        prompts[matrix.prompt_index[asked]] = True
        found: set[int] = set()
        for about, here in (("output", asked), ("prompt", prompts)):
            pairs = pairs_of(about, reading, matrix, question)
            judge, subject = np.divmod(pairs, max(len(here), 1))
            found.update(np.unique(judge[here[subject]]).tolist())
        return len(found)

    if not reading.kept:
        return count()
    number: int = matrix.rulings.once(("judges behind", reading.version, question), count)
    return number


def judges_of_each(
    about: str, reading: Reading, matrix: Matrix, question: Question
) -> npt.NDArray[np.int32]:
    """Judges who answered any criterion of a rule, per output or per prompt.

    On the direct road those who classified by its wording. Kept for the next request.
    """
    selection = question.selection
    columns = tuple(reading.columns.values())
    key = ("judges", about, question.road, reading.version, columns, selection)
    if key in matrix.rulings:
        kept: npt.NDArray[np.int32] = matrix.rulings[key]
        return kept
    width = len(matrix.prompts) if about == "prompt" else matrix.size
    pairs = pairs_of(about, reading, matrix, question)
    found = np.bincount(pairs % max(width, 1), minlength=width).astype(np.int32)
    matrix.rulings[key] = found
    return found


def of_unknown_way(version: Ruled, matrix: Matrix, question: Question) -> int:
    """Judgments that count under a rule, from before it was noted whether they were served.

    As in `judgments_by_group`, on whatever was judged. Kept for the next request.
    """
    reading = reading_of(version)
    columns = tuple(reading.columns.values())
    key = ("unknown way", question.road, reading.version, columns, question.selection)
    if key not in matrix.rulings:
        matrix.rulings[key] = sum(
            len(pairs_of(about, reading, matrix, question, way=UNKNOWN_WAY))
            for about in ("output", "prompt")
        )
    found: int = matrix.rulings[key]
    return found


def pairs_of(
    about: str, reading: Reading, matrix: Matrix, question: Question, *, way: int | None = None
) -> Integers:
    """Judges and subjects that met over a rule: judge times the number of subjects and subject.

    Args:
        way: only those that met in this way.
    """
    width = len(matrix.prompts) if about == "prompt" else matrix.size
    if question.road == "direct":
        version = reading.version or 0
        parts = [matrix.direct[version]] if about == "output" and version in matrix.direct else []
    else:
        held = matrix.on_prompts if about == "prompt" else matrix.on_outputs
        parts = [held[column] for column in reading.columns.values() if column in held]
    if not parts:
        return np.empty(0, np.int64)
    masks = [part.mask(question.selection) for part in parts]
    if way is not None:
        masks = [mask & (part.way == way) for part, mask in zip(parts, masks, strict=True)]
    return distinct(
        np.concatenate(
            [
                part.judge[mask] * width + part.subject[mask]
                for part, mask in zip(parts, masks, strict=True)
            ]
        )
    )


def distinct(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The different keys; marking them is many times faster than sorting where they are dense."""
    top = int(keys.max()) + 1 if len(keys) else 0
    if top > DENSE:
        return np.unique(keys)
    present = np.zeros(top, np.bool_)
    present[keys] = True
    return np.flatnonzero(present)
