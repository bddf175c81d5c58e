"""The matrix on what was read from PostgreSQL, with what requests asked of it kept."""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.matrix.answers import (
    About,
    Answers,
    Asking,
    Column,
    Combined,
    Counts,
    Flags,
    Integers,
    Kept,
    Selection,
    median_of_counts,
)
from evaluations.leaderboards.matrix.blocks import ABSENT, APART, BLIND, WAY, AnswerBlock, Blocks
from evaluations.leaderboards.matrix.changes import Difference, patched_counts, up_to_date
from evaluations.leaderboards.matrix.columns import MOST_FIGURES, Matrix, kept
from evaluations.leaderboards.matrix.fill import SUBJECTS, Stored
from evaluations.leaderboards.matrix.fresh import Change
from evaluations.rules.answers import UNKNOWN, Codes

NARROWED_KEPT = 4
"""Boards of what is not public whose own matrix is kept."""
COMPARISONS_KEPT = 4
"""Ratings whose comparisons are kept: of the plain question, and by definitions."""
DIFFERENCES_KEPT = 100
"""Changes after which counts that nobody asked for are dropped."""


class StoredAnswers(Answers):
    """Answers to one question, each array made from the blocks when it is asked for.

    Args:
        places: the place in the matrix of each numbered subject, -1 where it is not in it.
    """

    def __init__(self, blocks: Blocks, question: Asking, places: npt.NDArray[np.intp]) -> None:
        pieces = [
            (shape, block, place, np.flatnonzero((value != ABSENT) & (places[block.subject] >= 0)))
            for shape, place, block, value in blocks.pieces(question)
        ]
        self.__dict__.update(blocks=blocks, pieces=pieces, places=places)

    def __getattr__(self, name: str) -> Any:
        if name not in Answers.__dataclass_fields__:
            raise AttributeError(name)
        parts = [self.part(name, *piece[1:]) for piece in self.__dict__["pieces"]]
        made = np.concatenate(parts) if parts else np.empty(0, np.int64)
        self.__dict__[name] = made
        return made

    def mask(self, selection: Selection) -> Flags:
        """True for the rows that the selection counts; the mask of each block is kept."""
        blocks: Blocks = self.__dict__["blocks"]
        plain = replace(selection, also_judge=None)
        masks = [blocks.mask(shape, plain)[rows] for shape, _, _, rows in self.__dict__["pieces"]]
        counted = np.concatenate(masks) if masks else np.empty(0, np.bool_)
        if selection.also_judge is not None:
            counted |= self.judge == selection.also_judge
        return counted

    def only(self, rows: Flags | Integers) -> Answers:
        """The rows of a mask, of which nothing is made before it is asked; or with numbers."""
        if rows.dtype != np.bool_:
            return super().only(rows)
        pieces = self.__dict__["pieces"]
        ends = np.cumsum([len(mine) for _, _, _, mine in pieces])
        parts = np.split(rows, ends[:-1]) if pieces else []
        made = StoredAnswers.__new__(StoredAnswers)
        made.__dict__.update(
            blocks=self.__dict__["blocks"],
            places=self.__dict__["places"],
            pieces=[
                (shape, block, place, mine[part])
                for (shape, block, place, mine), part in zip(pieces, parts, strict=True)
            ],
        )
        return made

    def part(
        self, name: str, block: AnswerBlock, place: int, rows: npt.NDArray[np.intp]
    ) -> npt.NDArray[Any]:
        """One array of one block's rows."""
        blocks: Blocks = self.__dict__["blocks"]
        match name:
            case "subject":
                subjects: npt.NDArray[np.intp] = self.__dict__["places"][block.subject[rows]]
                return subjects
            case "judge":
                judges: Integers = blocks.judges.keys[block.judge[rows]]
                return judges
            case "kind":
                return blocks.kinds(block)[rows]
            case "blind":
                return block.flags[rows] & BLIND > 0
            case "apart":
                return block.flags[rows] & APART > 0
            case "way":
                return (block.flags[rows] // WAY).astype(np.int8)
            case "value":
                # In two bits -1 is 3.
                codes: Codes = (block.value(place)[rows].astype(np.int8) + 1) % 4 - 1
                return codes
            case "row":
                return block.first[rows] + place
            case _:
                numbers: Integers = getattr(block, name)[rows].astype(np.int64)
                return numbers


class AnswersAbout(Mapping[Column, Answers]):
    """The answers about outputs, or about prompts, by column; made anew each time."""

    def __init__(self, matrix: "StoredMatrix", about: About) -> None:
        self.matrix = matrix
        self.about = about

    def __getitem__(self, column: Column) -> Answers:
        question = (self.about, *column)
        if question not in self.matrix.stored.blocks.questions:
            raise KeyError(column)
        return self.matrix.stored_answers(question)

    def __iter__(self) -> Iterator[Column]:
        for about, key, meaning in self.matrix.stored.blocks.questions:
            if about == self.about and len(self[key, meaning].subject):
                yield key, meaning

    def __contains__(self, column: object) -> bool:
        return isinstance(column, tuple) and (
            (self.about, *column) in self.matrix.stored.blocks.questions
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


class DirectAnswers(Mapping[int, Answers]):
    """Direct classifications by definition version."""

    def __init__(self, matrix: "StoredMatrix") -> None:
        self.matrix = matrix

    def __getitem__(self, version: int) -> Answers:
        if ("direct", "", version) not in self.matrix.stored.blocks.questions:
            raise KeyError(version)
        return self.matrix.stored_answers(("direct", "", version))

    def __iter__(self) -> Iterator[int]:
        for about, _, version in self.matrix.stored.blocks.questions:
            if about == "direct" and len(self[version].subject):
                yield version

    def __len__(self) -> int:
        return sum(1 for _ in self)


class StoredMatrix(Matrix):
    """The matrix made from what was read: arrays are made when they are asked for."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.__dict__.update(stored.outputs.columns)
        self.process = stored.wordings.process
        self.counts = kept(4 * self.size)
        # Counts of the matrix before, with what came since: brought up to date when asked for.
        self.waiting: dict[Any, tuple[Counts, tuple[Difference, ...]]] = {}
        self.combined = kept(2 * self.size)
        self.rulings = kept(2 * self.size)
        self.figures = Kept(MOST_FIGURES)
        self.narrowed = Kept(NARROWED_KEPT)
        self.versions = Kept(1)
        self.comparisons = Kept(COMPARISONS_KEPT)

    @property
    def nbytes(self) -> int:
        """Bytes of all that is held, counts included."""
        counts: list[Counts] = [*self.counts.values(), *(it for it, _ in self.waiting.values())]
        return self.stored.nbytes + sum(int(it.nbytes) for it in counts)

    def __getattr__(self, name: str) -> Any:
        """What most requests do without is made when it is first asked for.

        The answers are made each time: what held its matrix would keep it, with all that was
        counted on it, until the next search for garbage after it was replaced.
        """
        if name in {"on_outputs", "on_prompts"}:
            return AnswersAbout(self, "output" if name == "on_outputs" else "prompt")
        if name == "direct":
            return DirectAnswers(self)
        if name == "domain":
            made: Any = self._domain()
        elif name in {"prompts", "prompt_index"}:
            self.prompts, self.prompt_index = np.unique(self.prompt, return_inverse=True)
            return self.__dict__[name]
        elif name == "findings":
            made = self._findings()
        else:
            raise AttributeError(name)
        self.__dict__[name] = made
        return made

    def _domain(self) -> npt.NDArray[np.str_]:
        sets, place = np.unique(self.prompt_set, return_inverse=True)
        names = [self.stored.domains.get(pk, "") for pk in sets.tolist()]
        return np.array(names, np.str_)[place]

    def _findings(self) -> list[tuple[Column, dict[str, int], int]]:
        table = self.stored.findings
        columns = self.stored.wordings.columns
        return [
            (columns[version], {n: pk for n, pk in zip(SUBJECTS, keys, strict=True) if pk}, value)
            for version, *keys, value in zip(
                *(table[name].tolist() for name in ("version", *SUBJECTS, "value")), strict=True
            )
        ]

    def stored_answers(self, question: Asking) -> Answers:
        """All answers to a question about what is in the matrix."""
        return StoredAnswers(self.stored.blocks, question, self.places(question))

    @cached_property
    def _numbers(self) -> dict[bool, npt.NDArray[np.intp]]:
        blocks = self.stored.blocks
        return {False: blocks.outputs.find(self.output), True: blocks.prompts.find(self.prompts)}

    def places(self, question: Asking) -> npt.NDArray[np.intp]:
        """Where in the matrix each numbered subject of a question is; -1 where nowhere."""
        numbers = self._numbers[question[0] == "prompt"]
        places = np.full(len(self.stored.blocks.subjects(question)), -1, np.intp)
        here = np.flatnonzero(numbers >= 0)
        places[numbers[here]] = here
        return places

    def counts_of(self, question: Asking, selection: Selection) -> Counts:
        """How often each code was given by those who count, shape (outputs or prompts, 4)."""
        plain = replace(selection, also_judge=None)
        counts = self._counts(question, plain)
        if selection.also_judge is not None:
            subject, value = self.stored.blocks.of_judge(question, selection.also_judge, plain)
            counts = counts.astype(np.int64)
            np.add.at(counts, (subject, value), 1)
        # Nobody answered about those that have no number, -1: they get the row of zeros.
        numbers = self._numbers[question[0] == "prompt"]
        return np.concatenate([counts, np.zeros((1, 4), counts.dtype)])[numbers]

    def _counts(self, question: Asking, selection: Selection) -> Counts:
        """The same by number of subject; kept for the next question."""
        key = (question, selection)
        counts: Counts | None = self.counts.get(key)
        if counts is not None:
            return counts
        before, differences = self.waiting.pop(key, (None, ()))
        if before is None:
            counts = self.stored.blocks.counts(question, selection)
        else:
            subjects = len(self.stored.blocks.subjects(question))
            counts = patched_counts(before, subjects, question, selection, differences)
        self.counts[key] = counts
        return counts

    def asked(self, question: Asking, selection: Selection) -> Combined:
        """Per output or prompt the median of the known answers; shape (outputs or prompts,)."""
        blocks, plain = self.stored.blocks, replace(selection, also_judge=None)
        key = (question, plain)
        part: Combined | None = self.combined.get(key)
        if part is None:
            numbered = median_of_counts(self._counts(question, plain))
            padded = Combined(np.append(numbered.codes, UNKNOWN), np.append(numbered.asked, False))
            part = padded.at(self._numbers[question[0] == "prompt"])
            self.combined[key] = part
        if selection.also_judge is None or question not in blocks.questions:
            return part
        subject, value = blocks.of_judge(question, selection.also_judge, plain)
        place = self.places(question)[subject]
        here = place >= 0
        subject, value, place = subject[here], value[here], place[here]
        counts = self._counts(question, plain)[subject].astype(np.int64)
        np.add.at(counts, (np.arange(len(subject)), value), 1)
        theirs = median_of_counts(counts)
        codes, asked = part.codes.copy(), part.asked.copy()
        codes[place], asked[place] = theirs.codes, theirs.asked
        return Combined(codes, asked)

    def found(self, column: Column) -> Combined:
        """What findings say of each output, the newest that concerns it."""
        key = ("findings", column)
        if key not in self.combined:
            self.combined[key] = self._found(column)
        part: Combined = self.combined[key]
        return part

    def _found(self, column: Column) -> Combined:
        table = self.stored.findings
        versions = [pk for pk, means in self.stored.wordings.columns.items() if means == column]
        rows = np.flatnonzero(np.isin(table["version"], versions))
        newest = np.full(self.size, -1, np.intp)
        for name in ("output", "prompt"):
            about = rows[table[name][rows] > 0]
            if not len(about):
                continue
            keys, last = np.unique(table[name][about][::-1], return_index=True)
            place = np.minimum(np.searchsorted(keys, getattr(self, name)), len(keys) - 1)
            here = keys[place] == getattr(self, name)
            newest = np.where(here, np.maximum(newest, about[::-1][last][place]), newest)
        for row in rows[table["model"][rows] > 0].tolist():
            here = self.model == table["model"][row]
            for name in ("recipe", "family"):
                if table[name][row]:
                    here &= getattr(self, name) == table[name][row]
            newest[here] = np.maximum(newest[here], row)
        codes = np.append(table["value"], np.int8(UNKNOWN))[newest].astype(np.int8)
        return Combined(codes, newest >= 0)

    def changed(self, changes: list[Change]) -> "StoredMatrix":
        """The matrix after these changes. What they do not touch is shared, counts included."""
        parts = {change.part for change in changes}
        if parts <= {"definitions", "comparisons"}:
            made = copy(self)
            if "definitions" in parts:
                made.versions = Kept(1)
            if "comparisons" in parts:
                made.comparisons = Kept(COMPARISONS_KEPT)
            return made
        stored, difference = up_to_date(self.stored, changes)
        made = StoredMatrix(stored)
        if not parts & {"definitions", "wordings"}:
            made.versions = self.versions
        if stored.outputs is self.stored.outputs:
            for name in ("prompts", "prompt_index", "domain"):
                if name in self.__dict__:
                    made.__dict__[name] = self.__dict__[name]
        if difference.gone is not None and difference.added is not None:
            waiting = {**self.waiting, **{key: (it, ()) for key, it in list(self.counts.items())}}
            made.waiting = {
                key: (counts, (*differences, difference))
                for key, (counts, differences) in waiting.items()
                if len(differences) < DIFFERENCES_KEPT
            }
        return made
