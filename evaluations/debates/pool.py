"""The debate about a version as one reader sees it: which statements stand where, and what of
their numbers and evidence is shown to whom. What is not shown is left out here."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from evaluations.accounts.models import User
from evaluations.debates.checks import (
    ANSWERED,
    MOVED,
    OPEN,
    STANDS,
    Check,
    Checks,
    best_of,
    counterexamples,
    readable,
)
from evaluations.debates.models import (
    COUNTEREXAMPLES,
    Agreement,
    Evidence,
    Kind,
    Reaction,
    Reply,
    Stance,
    Statement,
    Vote,
)
from evaluations.debates.tallies import NOTHING, Sides, Tally, sides_of, tallies, votes_on
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge, Part, Reveal
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.runs.models import Output

A_COLUMN: Final = 3
"""Statements of a column that are shown before all are asked for."""
ASKS_AFTER: Final = 5
"""Votes after which a reader is asked what is missing."""


@dataclass(frozen=True)
class Reader:
    """Whoever reads: their account, and the judge behind the request, once there is one.

    `shown` are the statements whose numbers they asked for before voting.
    """

    user: User | None = None
    judge: Judge | None = None
    shown: frozenset[int] = frozenset()


@dataclass
class Card:
    """One output that a statement shows. What is checked is there once it was opened."""

    evidence: Evidence
    check: Check
    readable: bool
    opened: bool
    reason: str = ""

    @property
    def output(self) -> Output:
        return self.evidence.output

    @property
    def where(self) -> str:
        """What the part is called in which words are marked."""
        return str(Part(self.evidence.part).label) if self.evidence.part else ""


@dataclass
class Entry:
    """One statement as it is shown."""

    statement: Statement
    cards: list[Card]
    tally: Tally
    check: Check | None
    own: bool = False
    vote: Vote | None = None
    shows_numbers: bool = False
    can_vote: bool = False
    can_change: bool = False
    reactions: list[dict[str, Any]] = field(default_factory=list)
    changed: int = 0
    asked_of: DefinitionVersion | None = None
    """The version on whose page an earlier statement is shown; None on that of its own."""
    problem: str = ""

    @property
    def key(self) -> int:
        return self.statement.pk

    @property
    def focus_key(self) -> str:
        """What the ids of its controls end with."""
        return str(self.key)

    @property
    def unopened(self) -> list[int]:
        return [it.evidence.output_id for it in self.cards if it.readable and not it.opened]

    @property
    def is_counterexample(self) -> bool:
        return self.check is not None

    @property
    def weight(self) -> float:
        return self.check.weight.low if self.check is not None and self.check.state == STANDS else 0


class Debate:
    """All that is said about one version, for one reader. A fixed number of queries."""

    def __init__(self, version: DefinitionVersion, reader: Reader, *, closed: bool = False) -> None:
        self.version = version
        self.reader = reader
        self.closed = closed
        self.held: Matrix = current_matrix()
        self.checks = Checks(version, self.held)

    @cached_property
    def statements(self) -> list[Statement]:
        """What stands about this version, and what rests on counterexamples from earlier ones."""
        rows = Statement.objects.standing().for_page()
        own = list(rows.filter(version=self.version))
        return own + list(
            rows.filter(
                version__definition=self.version.definition_id,
                version__number__lt=self.version.number,
                evidence__role__in=COUNTEREXAMPLES,
                carried_to=None,
            ).distinct()
        )

    @cached_property
    def votes(self) -> Any:
        return votes_on(self.version, self.held)

    @cached_property
    def sides(self) -> Sides:
        return sides_of(self.version, self.held, self.votes, self.reader.user)

    @cached_property
    def entries(self) -> list[Entry]:
        return self.entries_of(self.statements)

    def entries_of(self, statements: Sequence[Statement]) -> list[Entry]:
        """Statements as the reader sees them. Seven queries, and those of sides and checks."""
        keys = [it.pk for it in statements if it.version_id == self.version.pk]
        counted = tallies(keys, self.votes, self.sides)
        user = self.reader.user
        own_votes: dict[int, Vote] = {}
        if user is not None:
            mine = Vote.objects.current().filter(voter=user, statement__in=statements)
            own_votes = {vote.statement_id: vote for vote in mine}
        reactions = self.reactions_to(statements)
        changed = self.changed_by(keys)
        checks = {it.pk: self.checks.of_statement(it) for it in statements}
        outputs = [e.output_id for it in statements for e in it.evidence.all()]
        here = readable(outputs)
        opened = opened_by(self.reader.judge, outputs) & here
        reasons = self.checks.reasons(opened)
        found = []
        for statement in statements:
            said = checks[statement.pk]
            own = user is not None and statement.author_id == user.pk
            vote = own_votes.get(statement.pk)
            entry = Entry(
                statement,
                cards=[
                    Card(
                        it,
                        said[it.pk],
                        readable=it.output_id in here,
                        opened=it.output_id in opened,
                        reason=reasons.get(it.output_id, ""),
                    )
                    for it in statement.evidence.all()
                ],
                tally=counted.get(statement.pk, NOTHING),
                check=best_of(check for _, check in counterexamples(statement, said)),
                own=own,
                vote=vote,
                shows_numbers=own or vote is not None or statement.pk in self.reader.shown,
                can_vote=not own and self.is_open_for(statement),
                can_change=own and self.is_open_for(statement),
                reactions=reactions[statement.pk],
                changed=changed.get(statement.pk, 0),
            )
            if statement.version_id != self.version.pk:
                entry.asked_of = self.version
            found.append(entry)
        return found

    def is_open_for(self, statement: Statement) -> bool:
        """Whether anything is voted, added or changed here about a statement."""
        return not self.closed and statement.is_standing and statement.version_id == self.version.pk

    def reactions_to(self, statements: Iterable[Statement]) -> dict[int, list[dict[str, Any]]]:
        """Statement to its reactions, by kind and words, with how many gave each."""
        texts = {it.pk: it.text for it in statements}
        grouped: dict[tuple[int, str, str], list[Reaction]] = defaultdict(list)
        for row in Reaction.objects.to(statements):
            words = texts[row.statement_id][row.start : row.end] if row.start is not None else ""
            grouped[row.statement_id, row.kind, words].append(row)
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for (key, kind, words), rows in grouped.items():
            found[key].append(
                {
                    "kind": kind,
                    "label": Reply(kind).label,
                    "count": len(rows),
                    "quote": words,
                    "links": [row.link for row in rows if row.link],
                    "own": self.reader.user is not None
                    and any(row.person_id == self.reader.user.pk for row in rows),
                }
            )
        return found

    def changed_by(self, statements: Sequence[int]) -> dict[int, int]:
        """Statement to how many people say that it changed their stance, and changed it."""
        rows = Stance.objects.filter(because__in=statements).exclude(person=None)
        people: dict[int, set[int]] = defaultdict(set)
        for because, person in rows.values_list("because", "person"):
            people[because].add(person)
        return {key: len(each) for key, each in people.items()}

    # Lists --------------------------------------------------------------------------------------

    @cached_property
    def own_pool(self) -> list[Entry]:
        return [it for it in self.entries if it.asked_of is None]

    @cached_property
    def standing(self) -> list[Entry]:
        """Counterexamples that the verdict bears out, the surest first; then the most useful."""
        return sorted(
            (it for it in self.entries if it.check is not None and it.check.state == STANDS),
            key=lambda it: (-it.weight, -it.tally.low, it.key),
        )

    @cached_property
    def fallen(self) -> list[Entry]:
        """Counterexamples that answers moved, or that a later version answers or may answer."""
        states = (ANSWERED, OPEN, MOVED)
        found = [it for it in self.entries if it.check is not None and it.check.state != STANDS]
        return sorted(
            found,
            key=lambda it: (
                states.index(it.check.state) if it.check and it.check.state in states else 3,
                -it.key,
            ),
        )

    def column(self, *kinds: str) -> list[Entry]:
        """Statements of some kinds that are no counterexample, the most useful first.

        The third place is for the one with the fewest votes that the reader has not voted on:
        else what is new would never be read.
        """
        ordered = sorted(
            (it for it in self.own_pool if it.statement.kind in kinds and not it.is_counterexample),
            key=lambda it: (-it.tally.low, -it.key),
        )
        waiting = [it for it in ordered[A_COLUMN - 1 :] if it.can_vote and it.vote is None]
        if len(ordered) > A_COLUMN and waiting:
            chosen = min(waiting, key=lambda it: (it.tally.voted, -it.key))
            ordered.remove(chosen)
            ordered.insert(A_COLUMN - 1, chosen)
        return ordered

    @cached_property
    def bridging(self) -> list[Entry]:
        return self.by_score(it for it in self.own_pool if it.tally.badge)

    @cached_property
    def cruxes(self) -> list[Entry]:
        return [it for it in self.own_pool if it.tally.crux]

    @cached_property
    def common_ground(self) -> list[Entry]:
        found = (it for it in self.own_pool if it.tally.common_ground)
        return sorted(found, key=lambda it: -(it.tally.common or 0))

    def by_score(self, entries: Iterable[Entry]) -> list[Entry]:
        return sorted(entries, key=lambda it: -(it.tally.score or 0))

    @cached_property
    def own_votes(self) -> int:
        return sum(it.vote is not None for it in self.own_pool)

    @property
    def asks_what_is_missing(self) -> bool:
        return self.own_votes >= ASKS_AFTER

    @cached_property
    def stances(self) -> dict[str, int]:
        """How many hold each stance now. One query."""
        held: dict[str, int] = defaultdict(int)
        rows = Stance.objects.current().filter(version=self.version).exclude(person=None)
        for value in rows.values_list("value", flat=True):
            held[value] += 1
        return dict(held)


def opened_by(judge: Judge | None, outputs: Iterable[int]) -> frozenset[int]:
    """The outputs of which somebody was shown what others found. One query for a judge."""
    if judge is None:
        return frozenset()
    rows = Reveal.objects.filter(judge=judge, output__in=list(outputs))
    return frozenset(rows.values_list("output", flat=True))


AGREEMENTS: Final = Agreement.choices
KINDS: Final = Kind.choices
