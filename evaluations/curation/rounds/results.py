"""What came of a round: answers side by side without names, agreement, and where people part."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final, TypeVar

import numpy as np
from django.db.models import Q
from django.template.loader import get_template
from django.utils.crypto import salted_hmac

from evaluations.curation.models import Round
from evaluations.curation.rounds.progress import items_of
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge, ProtocolVersion, Value
from evaluations.judgments.review.agreement import Agreement, agreement_of, questions_of
from evaluations.judgments.review.columns import HOLISTIC, UNKNOWN, InForce, given_under
from evaluations.leaderboards.boards.reliability import agreement_word
from evaluations.leaderboards.boards.standings import (
    VERDICT_OF,
    VERDICT_ORDER,
    Question,
    matrix_for,
    rule_on_outputs,
)
from evaluations.leaderboards.comparisons.disagreement import Disagreement
from evaluations.leaderboards.comparisons.disagreement_views import rows_of
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.leaderboards.matrix.narrowed import Beyond
from evaluations.leaderboards.yours.calls import Calls, Closeness, calls_of
from evaluations.leaderboards.yours.figures import enough
from evaluations.runs.models import Output

Made = TypeVar("Made")

SHOWN_PARTED: Final = 5
IN_WORDS: Final = {
    "all alike": "All of you who could tell say the same.",
    "good": "You agree well.",
    "fair": "You agree for the most part.",
    "weak": "You agree a little more than by chance.",
    "none": "You agree no more than by chance.",
}
BY_PAIRS: Final = (
    (0.9, "Two of you nearly always say the same."),
    (0.7, "Two of you mostly say the same."),
    (0.5, "Two of you say the same somewhat more often than not."),
    (0.0, "Two of you differ more often than not."),
)
"""Where too few outputs were answered twice for a word that takes off chance: least share of pairs
that agree, and what is said of it."""
ORDER: Final = (Value.YES, Value.PARTLY, Value.NO, Value.CANNOT_TELL)
VALUE_AT: Final = (Value.NO, Value.PARTLY, Value.YES, Value.CANNOT_TELL)
"""By the numbers of `InForce.value`."""
assert VALUE_AT[UNKNOWN] == Value.CANNOT_TELL


@dataclass(frozen=True)
class Line:
    """One question about one output, with an answer of each person who gave any about it.

    `answers` are in one order for all questions about an output, and in another for each output,
    so that nobody is followed through a round; empty where somebody left it open. `asked` is its
    question and the subject of the answers, by the numbers of `InForce`.
    """

    key: str
    title: str
    answers: Sequence[str]
    asked: tuple[int, int]

    @property
    def counts(self) -> list[tuple[str, int]]:
        counted = Counter(self.answers)
        return [(value.value, counted[value.value]) for value in ORDER]

    @cached_property
    def drawn(self) -> str:
        """The cells of its row that are the same for all, drawn once: a round has hundreds."""
        return get_template("curation/round.html#line").render({"line": self})


@dataclass(frozen=True)
class Judged:
    """One output of a round, with all that its people answered."""

    output: Output
    people: int
    lines: Sequence[Line]


@dataclass(frozen=True)
class Agreed:
    """How far the people of a round agree on one question, in words; shares from 0 to 1."""

    title: str
    words: str
    same: float | None
    outputs: int


@dataclass(frozen=True)
class Verdicts:
    """What a definition says of the round's outputs, by the answers of its people."""

    version: DefinitionVersion
    counts: Sequence[tuple[str, int]]
    asked: int

    @property
    def reasoning(self) -> int:
        return dict(self.counts)["reasoning"]


class Results:
    """Everything of a round's page; each part is worked out when it is asked for.

    All of it is kept with the matrix of the round's board, which is another one once an answer,
    an output or a wording changes: a round that has ended is read again only then.
    """

    def __init__(self, found: Round, judge: Judge | None) -> None:
        self.round = found
        self.judge = judge

    @cached_property
    def version(self) -> ProtocolVersion:
        version = self.round.protocol.versions.get(is_current=True)
        version.protocol = self.round.protocol
        return version

    @cached_property
    def keys(self) -> list[int]:
        """The outputs of the round that can be read, in the order of its collection."""
        held = set(items_of(self.round).values_list("output", flat=True))
        return [key for key in self.version.selection["outputs"] if key in held]

    @cached_property
    def question(self) -> Question:
        """What the round's board asks: its answers alone, of guests too."""
        key = self.round.protocol_id
        return Question(
            Selection(judges="guests", chosen=True, protocol=key),
            beyond=Beyond(protocol=key, in_round=True, protocols=(key,)),
        )

    @cached_property
    def matrix(self) -> Matrix:
        return matrix_for(self.question)

    def kept(self, make: Callable[[], Made], *key: object) -> Made:
        """What one of the methods below gives, kept with the matrix."""
        return self.matrix.figures.once(("round", make.__name__, *key), make)

    @cached_property
    def definitions(self) -> tuple[tuple[Any, ...], ...]:
        """What tells whether the definitions are still those of which something was kept: the
        curated ones and the reader's own. One query."""
        user = self.judge.user_id if self.judge is not None else None
        compared = Q(definition__curated_at__isnull=False)
        if user is not None:
            compared |= Q(definition__owner=user)
        rows = DefinitionVersion.objects.published().filter(compared)
        names = ("pk", "definition__slug", "definition__name", "definition__curated_at")
        return tuple(rows.values_list(*names))

    @property
    def given(self) -> InForce:
        """What its people answered until it ended, guests too; as the agreement of a protocol
        counts."""
        return self.kept(self.read_given)

    def read_given(self) -> InForce:
        return given_under(self.version, guests=True)

    @property
    def judged(self) -> list[Judged]:
        """Each output with the answers of all, side by side."""
        return self.kept(self.put_side_by_side)

    def put_side_by_side(self) -> list[Judged]:
        """Makes a few queries."""
        titles = {number: (q.key, q.title) for number, q in questions_of(self.version).items()}
        titles[HOLISTIC] = ("holistic", "Would you call this reasoning?")
        given = self.given.counted
        said: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
        people: dict[int, set[int]] = defaultdict(set)
        columns = (given.question, given.subject, given.judge, given.value)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for question, subject, judge, value in rows:
            said[question, subject][judge] = VALUE_AT[value].value
            if subject > 0:
                people[subject].add(judge)
        slim = Output.objects.written().for_judging().defer("text", "trace", "answer")
        outputs = slim.in_bulk(self.keys)
        found = []
        for key, output in ((key, outputs[key]) for key in self.keys):
            order = sorted(people[key], key=places_in(key))
            lines = []
            for number, (name, title) in titles.items():
                asked = (number, key) if (number, key) in said else (number, -output.prompt_id)
                if asked in said:
                    here = said[asked]
                    lines.append(Line(name, title, [here.get(who, "") for who in order], asked))
            found.append(Judged(output, len(order), lines))
        return found

    @property
    def side_by_side(self) -> list[tuple[Judged, list[tuple[Line, str]]]]:
        """The same, each line with what the reader answered."""
        said: dict[tuple[int, int], str] = {}
        if self.judge is not None:
            mine = self.given.counted.where(self.given.counted.judge == self.judge.pk)
            columns = (mine.question.tolist(), mine.subject.tolist(), mine.value.tolist())
            said = {
                (question, subject): VALUE_AT[value].value
                for question, subject, value in zip(*columns, strict=True)
            }
        return [
            (row, [(line, said.get(line.asked, "")) for line in row.lines]) for row in self.judged
        ]

    @property
    def agreement(self) -> list[Agreed]:
        return self.kept(self.measure_agreement)

    def measure_agreement(self) -> list[Agreed]:
        return [in_words(row) for row in agreement_of(self.version, self.given)]

    @cached_property
    def disagreement(self) -> Disagreement:
        versions = curated_versions()
        return Disagreement(versions, self.matrix, self.question)

    def parted(self, which: str) -> list[dict[str, Any]]:
        """The outputs on which people part over "words" or over "facts", the widest first."""

        def part() -> list[dict[str, Any]]:
            places = self.disagreement.listed(which)
            here = np.isin(self.matrix.output[places], self.keys)
            return rows_of(self.disagreement, places[here][:SHOWN_PARTED])

        return self.kept(part, which, self.definitions)

    @property
    def board(self) -> list[Verdicts]:
        """The definitions that were asked in full on any output of the round, by their share."""
        return self.kept(self.rule_on_all, self.definitions)

    def rule_on_all(self) -> list[Verdicts]:
        here = np.isin(self.matrix.output, self.keys)
        found = []
        for version in self.disagreement.versions:
            ruling = rule_on_outputs(version, self.matrix, self.question)
            codes = ruling.verdicts[ruling.asked & here].tolist()
            verdicts = Counter(VERDICT_OF[code] for code in codes)
            if verdicts:
                counts = [(word, verdicts[word]) for word in VERDICT_ORDER]
                found.append(Verdicts(version, counts, verdicts.total()))
        found.sort(key=lambda row: (-row.reasoning / row.asked, row.version.definition.name))
        return found

    @property
    def calls(self) -> Calls:
        """What the reader called and answered in it."""
        reader = self.judge.pk if self.judge is not None else None
        return self.kept(self.read_calls, reader)

    def read_calls(self) -> Calls:
        return calls_of(self.judge, in_round=self.round.protocol_id)

    def closest(self, user: Any) -> list[Closeness]:
        """The definitions beside these calls; *user* is the reader's account, if any."""

        def compare() -> list[Closeness]:
            return enough(self.calls, user)

        reader = self.judge.pk if self.judge is not None else None
        return self.kept(compare, reader, self.definitions)


def places_in(output: int) -> Callable[[int], bytes]:
    """The place of somebody among the people of one output, which tells nothing of another.

    Keyed with the site's secret: people join one after the other, so that their keys are guessed.
    """
    key = salted_hmac("round", str(output), algorithm="sha256").digest()
    return lambda judge: blake2b(str(judge).encode(), key=key).digest()


def in_words(row: Agreement) -> Agreed:
    word = agreement_word(row.alpha.estimate, row.twice)
    same = row.raw.estimate
    words = IN_WORDS.get(word) or "Nobody answered it twice."
    if word == "unknown" and same is not None:
        words = next(said for least, said in BY_PAIRS if same >= least)
    return Agreed(row.question.title, words, same, row.twice)


def records(results: Results) -> list[dict[str, Any]]:
    """Every answer of a round as a flat record; people are numbered anew on each output."""
    return [
        {
            "output": row.output.pk,
            "prompt": row.output.prompt.slug,
            "question": line.key,
            "person": number,
            "answer": answer,
        }
        for row in results.judged
        for line in row.lines
        for number, answer in enumerate(line.answers, start=1)
        if answer
    ]
