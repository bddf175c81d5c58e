"""Two definitions by logic, with what the site's outputs show of it, and the record beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np
from django.urls import reverse

from evaluations.definitions.catalogue.gaps import process_of, seen_on, worked_cases
from evaluations.definitions.logic import (
    Parted,
    Pattern,
    follows,
    parted,
    pattern_in_words,
    says_no_alike,
    stated_version,
)
from evaluations.definitions.models import DefinitionVersion, Follows
from evaluations.definitions.postulates import Postulated, postulated
from evaluations.leaderboards.boards.standings import Question, rule_on_outputs
from evaluations.leaderboards.logic.contradictions import pairs_on
from evaluations.leaderboards.logic.map import stored_ways
from evaluations.leaderboards.matrix.answers import Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.intervals import Interval
from evaluations.measures.shares import intervals_of
from evaluations.rules import evaluate
from evaluations.rules.answers import NO, YES, code
from evaluations.runs.models import Output

SHOWN: Final = 3
"""Outputs that are named under each case."""


@dataclass(frozen=True)
class Record:
    """On how many of the `n` outputs on which both were asked the one was yes, the other not."""

    count: int
    n: int
    interval: Interval | None


@dataclass(frozen=True)
class Side:
    """What one definition counts and the other does not, by logic and on record.

    `words` is the smallest case, empty where there is none; `outputs` are the newest that fit
    it, `fitting` says how many do; `case` is a worked case that parts the two this way. `why`
    says what the record rests on where logic rules it out.
    """

    counts: DefinitionVersion
    denies: DefinitionVersion
    words: str
    pattern: Pattern | None
    fitting: int
    outputs: Sequence[Output]
    case: Mapping[str, Any] | None
    record: Record
    why: str = ""


@dataclass(frozen=True)
class ByLogic:
    """`stricter` and `laxer` are set where one follows from the other and not the other way.

    `needed` are the postulates without which that would not hold; empty: the rules alone say it.
    """

    found: Parted
    sides: tuple[Side, Side]
    stricter: DefinitionVersion | None = None
    laxer: DefinitionVersion | None = None
    needed: Sequence[Postulated] = field(default=())
    is_rewording: bool = False
    """One rule in other words, alike in every verdict and not in yes alone."""

    @property
    def is_same(self) -> bool:
        return self.found.by_postulates is Follows.BOTH

    @property
    def is_unknown(self) -> bool:
        return self.found.by_postulates is Follows.TOO_LARGE


def by_logic(
    one: DefinitionVersion,
    other: DefinitionVersion,
    matrix: Matrix,
    question: Question,
    titles: Mapping[str, str],
) -> ByLogic:
    """Two versions by logic and by record. Reads the prefetched pins; makes one query."""
    found = parted(stated_version(one), stated_version(other))
    follow = found.by_postulates
    needed = needed_for(one, other, found)
    patterns = (found.first_only, found.second_only)
    places = [fitting(pattern, matrix, question) for pattern in patterns]
    newest = [np.flatnonzero(flags)[::-1][:SHOWN] for flags in places]
    outputs = outputs_at(np.concatenate(newest), matrix)
    never = (Follows.FORWARD, Follows.BACKWARD)
    sides = []
    for index, (counts, denies) in enumerate(((one, other), (other, one))):
        pattern, here = patterns[index], parting_flags(counts, denies, matrix, question)
        ruled_out = follow in (Follows.BOTH, never[index])
        sides.append(
            Side(
                counts=counts,
                denies=denies,
                words=pattern_in_words(pattern, titles) if pattern is not None else "",
                pattern=pattern,
                fitting=int(places[index].sum()),
                outputs=[outputs[pk] for pk in matrix.output[newest[index]].tolist()],
                case=case_between(counts, denies, pattern),
                record=record_of(counts, denies, here, matrix, question),
                why=why_on_record(here, needed, matrix, question) if ruled_out else "",
            )
        )
    stricter, laxer = {
        Follows.FORWARD: (one, other),
        Follows.BACKWARD: (other, one),
    }.get(follow, (None, None))
    alike = follow is Follows.BOTH and says_no_alike(stated_version(one), stated_version(other))
    return ByLogic(found, (sides[0], sides[1]), stricter, laxer, needed, alike)


def needed_for(one: DefinitionVersion, other: DefinitionVersion, found: Parted) -> list[Postulated]:
    """Postulates on which the relation between two versions rests, and none that could go.

    Where it follows in two ways, those of one of them.
    """
    if found.by_rules is found.by_postulates:
        return []
    rules, needed = (stated_version(one), stated_version(other)), list(postulated())
    for each in postulated():
        fewer = [post for post in needed if post is not each]
        if follows(*rules, tuple(post.postulate for post in fewer)) is found.by_postulates:
            needed = fewer
    return needed


def fitting(pattern: Pattern | None, matrix: Matrix, question: Question) -> Flags:
    """Outputs whose current answers fit a case, shape (outputs,)."""
    if pattern is None:
        return np.zeros(matrix.size, np.bool_)
    fits = matrix.written & matrix.within(question.scope)
    for column, value in pattern.items():
        answers = matrix.column(column, question.selection)
        fits = fits & answers.asked & (answers.codes == code(value))
        if value == "cannot-tell":
            fits = fits & matrix.withheld
    return fits


def outputs_at(places: np.ndarray[Any, Any], matrix: Matrix) -> dict[int, Output]:
    """Outputs without their long texts. One query, none for no place."""
    if not len(places):
        return {}
    rows = Output.objects.select_related("prompt", "run__model", "run__recipe")
    return rows.defer("text", "trace", "answer").in_bulk(matrix.output[places].tolist())


def case_between(
    counts: DefinitionVersion, denies: DefinitionVersion, pattern: Pattern | None
) -> Mapping[str, Any] | None:
    """A worked case that the one counts and the other does not, if possible one that fits."""
    if pattern is None:
        return None

    def said(version: DefinitionVersion, case: Mapping[str, Any]) -> str:
        seen = seen_on(case, version.rule, version.absence_policy, process_of(version))
        return evaluate(version.rule, seen)

    parting = [
        case
        for case in worked_cases()
        if said(counts, case) == "yes" and said(denies, case) in ("no", "partly")
    ]

    def is_off(case: Mapping[str, Any]) -> bool:
        return any(case["answers"].get(key) != value for (key, _), value in pattern.items())

    return min(parting, key=is_off, default=None)


def parting_flags(
    counts: DefinitionVersion, denies: DefinitionVersion, matrix: Matrix, question: Question
) -> Flags:
    """Outputs on which the one is yes and the other known and not yes, shape (outputs,)."""
    first, second = (rule_on_outputs(each, matrix, question) for each in (counts, denies))
    not_yes = (second.verdicts >= NO) & (second.verdicts < YES)
    flags: Flags = first.asked & second.asked & (first.verdicts == YES) & not_yes
    return flags


def record_of(
    counts: DefinitionVersion,
    denies: DefinitionVersion,
    here: Flags,
    matrix: Matrix,
    question: Question,
) -> Record:
    """The record with its 95% interval over prompts, as boards have it."""
    first, second = (rule_on_outputs(each, matrix, question) for each in (counts, denies))
    both = first.asked & second.asked
    n = int(both.sum())
    groups = np.zeros(n, np.intp)
    (interval,) = intervals_of(here[both], groups, 1, matrix.prompt[both], matrix.family[both])
    return Record(int(here.sum()), n, interval)


def why_on_record(
    here: Flags, needed: Sequence[Postulated], matrix: Matrix, question: Question
) -> str:
    """Why outputs show what logic rules out; empty where none does."""
    count = int(here.sum())
    if not count:
        return ""
    if question.road == "direct":
        return "Judges classified by the wording here, and no rule binds them."
    if question.combine != "median":
        return (
            "Verdicts of single judges are combined here: other judges may have given the one than "
            "the other, or a judge’s own answers go against a postulate."
        )
    by_one = np.zeros(matrix.size, np.bool_)
    for each in needed:
        _, subjects, against = pairs_on(each, matrix, question.selection)
        by_one[subjects[against]] = True
    own = int((by_one & here).sum())
    parts = []
    if own:
        parts.append(f"on {own} a judge’s own answers go against the postulate")
    if count > own:
        parts.append(
            f"on {count - own} no judge’s do, and only the median of several judges’ answers does"
        )
    return f"{' and '.join(parts)}.".capitalize()


def as_json(logic: ByLogic) -> dict[str, Any]:
    """All that pages say of two definitions by logic."""
    return {
        "by_rules": logic.found.by_rules.label,
        "by_postulates": logic.found.by_postulates.label,
        "postulates_needed": [each.pair for each in logic.needed],
        "sides": [
            {
                "yes": side.counts.definition.slug,
                "not": side.denies.definition.slug,
                "smallest_case": {key: value for (key, _), value in side.pattern.items()}
                if side.pattern is not None
                else None,
                "outputs_that_fit": side.fitting,
                "worked_case": side.case["id"] if side.case else None,
                "on_record": side.record.count,
                "of": side.record.n,
                "low": side.record.interval.low if side.record.interval else None,
                "high": side.record.interval.high if side.record.interval else None,
                "why": side.why,
            }
            for side in logic.sides
        ],
    }


@dataclass(frozen=True)
class Entailment:
    """A definition that follows from another ("stricter"), from which it follows ("laxer"), or
    that is equal ("same"), with the outputs on record that go against it."""

    way: str
    other: DefinitionVersion
    record: Record

    def url_from(self, version: DefinitionVersion) -> str:
        """The comparison that gives the reason."""
        slugs = version.definition.slug, self.other.definition.slug
        return f"{reverse('compare')}?{urlencode(dict(zip('ab', slugs, strict=True)))}#by-logic"


def entailments_of(version: DefinitionVersion, matrix: Matrix) -> list[Entailment]:
    """The curated definitions that are stricter or laxer than one in force. Four queries."""
    ways = stored_ways(with_postulates=True, of=version)
    names = {Follows.BOTH: "same", Follows.FORWARD: "stricter", Follows.BACKWARD: "laxer"}
    wanted = {pair[1]: names[way] for pair, way in ways.items()
              if pair[0] == version.pk and way in names}  # fmt: skip
    others = DefinitionVersion.objects.curated().with_pins().filter(pk__in=wanted)
    question, found = Question(), []
    for other in others:
        way = wanted[other.pk]
        strict, lax = (other, version) if way == "laxer" else (version, other)
        here = parting_flags(strict, lax, matrix, question)
        found.append(Entailment(way, other, record_of(strict, lax, here, matrix, question)))
    return sorted(found, key=lambda each: list(names.values()).index(each.way))
