"""Outputs with the answers about them, column by column, and what several judges come to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from django.db import connection

from evaluations.leaderboards.matrix.answers import (
    Answers,
    Asking,
    Column,
    Combined,
    Counts,
    Flags,
    Integers,
    Kept,
    Scope,
    Selection,
    median_of_counts,
)
from evaluations.rules.answers import UNKNOWN, count_codes

LEAST_KEPT, MOST_KEPT = 200, 1000
KEPT_BYTES = 64_000_000
MOST_FIGURES = 5000


def kept(bytes_each: int) -> Kept:
    """Room for the results of requests: visitors choose questions without end."""
    return Kept(min(MOST_KEPT, max(LEAST_KEPT, KEPT_BYTES // max(bytes_each, 1))))


@dataclass
class Matrix:
    """Outputs, and the answers about them. Arrays over outputs have shape (outputs,).

    `output` (by which outputs are sorted), `prompt`, `run`, `model`, `recipe` and `prompt_set` are
    keys; `family` is 0 for a prompt without one. `written` is false for outputs that failed: they
    count as outputs, and nothing holds of them. `grade` and `tokens` are NaN where there are none;
    `graded_by` is a number for the versions that graded (`matrix/graders.py`), 0 without a grade.
    `prompts` are the keys of the prompts, sorted, and `prompt_index` each output's place among
    them. `findings` have a column, a subject and a code, the newest last. `combined` and `rulings`
    keep arrays over outputs, `figures` what is small however many outputs there are.
    """

    output: Integers
    prompt: Integers
    run: Integers
    model: Integers
    recipe: Integers
    family: Integers
    prompt_set: Integers
    domain: npt.NDArray[np.str_]
    written: Flags
    withheld: Flags
    grade: npt.NDArray[np.float64]
    graded_by: Integers
    tokens: npt.NDArray[np.float64]
    prompts: Integers
    prompt_index: npt.NDArray[np.intp]
    on_outputs: Mapping[Column, Answers]
    on_prompts: Mapping[Column, Answers]
    findings: list[tuple[Column, dict[str, int], int]]
    direct: Mapping[int, Answers]
    combined: Kept = field(default_factory=lambda: Kept(MOST_KEPT))
    rulings: Kept = field(default_factory=lambda: Kept(MOST_KEPT))
    figures: Kept = field(default_factory=lambda: Kept(MOST_FIGURES))

    @property
    def size(self) -> int:
        """The number of outputs."""
        return len(self.output)

    @cached_property
    def process(self) -> frozenset[str]:
        """Keys of the criteria that ask about the working."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT key FROM definitions_criterion WHERE process")
            return frozenset(key for (key,) in cursor.fetchall())

    @cached_property
    def by_people(self) -> Flags:
        """True for outputs that people wrote by hand, shape (outputs,). Makes one query."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM runs_languagemodel WHERE is_people")
            keys = [key for (key,) in cursor.fetchall()]
        by_people: Flags = np.isin(self.model, keys)
        return by_people

    @cached_property
    def spoken(self) -> Flags:
        """True for outputs of models that wrote anything at all, shape (outputs,)."""
        spoken: Flags = np.isin(self.model, np.unique(self.model[self.written]))
        return spoken

    def within(self, scope: Scope) -> Flags:
        """True for the outputs that the scope leaves, shape (outputs,)."""
        here = np.ones(self.size, np.bool_)
        if scope.domain:
            here &= self.domain == scope.domain
        for name in ("prompt_set", "model", "recipe", "run"):
            wanted = getattr(scope, name)
            if wanted is not None:
                here &= getattr(self, name) == wanted
        return here

    def answers_to(self, column: Column) -> list[Answers]:
        """The rows about outputs and about prompts, where there are any."""
        return [part[column] for part in (self.on_outputs, self.on_prompts) if column in part]

    def answers(self, question: Asking) -> Answers | None:
        """The rows of one question; None where nobody answered it."""
        about, key, number = question
        if about == "direct":
            return self.direct.get(number)
        return (self.on_prompts if about == "prompt" else self.on_outputs).get((key, number))

    def counts_of(self, question: Asking, selection: Selection) -> Counts:
        """How often each code was given by those who count, shape (outputs or prompts, 4)."""
        subjects = len(self.prompts) if question[0] == "prompt" else self.size
        rows = self.answers(question)
        if rows is None:
            return np.zeros((subjects, 4), np.uint8)
        rows = rows.counted(selection)
        return count_codes(rows.value, rows.subject.astype(np.intp), subjects).T

    def asked(self, question: Asking, selection: Selection) -> Combined:
        """Per output or prompt the median of the known answers; shape (outputs or prompts,)."""
        return median_of_counts(self.counts_of(question, selection))

    def found(self, column: Column) -> Combined:
        """What findings say of each output: the newest that concerns it."""
        codes, asked = np.full(self.size, UNKNOWN, np.int8), np.zeros(self.size, np.bool_)
        for match, subject, value in self.findings:
            if match == column:
                here = np.ones(self.size, np.bool_)
                for name, pk in subject.items():
                    here &= getattr(self, name) == pk
                codes[here] = value
                asked |= here
        return Combined(codes, asked)

    def column(self, column: Column, selection: Selection) -> Combined:
        """The combined answers of one column: per output the median of the known answers.

        Answers about prompts and findings are spread over the outputs that they concern;
        judges' answers about an output itself come before both. Kept for the next request
        unless one judge is added to the selection.
        """
        key = (column, selection)
        known: Combined | None = self.combined.get(key)
        if known is not None:
            return known
        part = self.found(column)
        if column in self.on_prompts:
            about = self.asked(("prompt", *column), selection).at(self.prompt_index)
            part = about.over(part)
        if column in self.on_outputs:
            part = self.asked(("output", *column), selection).over(part)
        if selection.also_judge is None:
            self.combined[key] = part
        return part
