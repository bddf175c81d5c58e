"""The debate about a version as one reader sees it: which statements stand where, and what of
their numbers and evidence is shown to whom. What is not shown is left out here."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from evaluations.accounts.models import User
from evaluations.common.folding import folded_among
from evaluations.debates.choices import Agreement, Kind, Reply
from evaluations.debates.models import Evidence, Reaction, Stance, Statement, Vote
from evaluations.debates.ordering import (
    Listed,
    Outline,
    column,
    fallen,
    outlines_of,
    standing,
)
from evaluations.debates.weighing.checks import Check, Checks, best_of, counterexamples, readable
from evaluations.debates.weighing.tallies import (
    BY_CALLS,
    NOTHING,
    OwnSide,
    Sides,
    Stances,
    Tally,
    Votes,
    own_side,
    sides_of,
    stances_on,
    tallies,
    votes_on,
)
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge, Part, Reveal
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.runs.models import Output

MOST_CREDITABLE: Final = 50
"""Statements of which one may be named as what changed one's mind."""
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
    folded: str = ""
    """Why its words are behind a click, where they are: readers flagged it, or hide its author."""
    quote_folded: str = ""
    """The same of the words of another that it answers."""

    @property
    def key(self) -> int:
        return self.statement.pk

    @property
    def title(self) -> str:
        """Its words, or what stands in their place where a list or a link names it."""
        return self.folded or self.statement.shown

    @property
    def focus_key(self) -> str:
        """What the ids of its controls end with."""
        return str(self.key)

    @property
    def unopened(self) -> list[int]:
        return [it.evidence.output_id for it in self.cards if it.readable and not it.opened]


class Debate:
    """All that is said about one version, for one reader. A fixed number of queries."""

    def __init__(
        self,
        version: DefinitionVersion,
        reader: Reader,
        *,
        closed: bool = False,
        held: Matrix | None = None,
    ) -> None:
        self.version = version
        self.reader = reader
        self.closed = closed
        self.held = current_matrix() if held is None else held
        self.checks = Checks(version, self.held)
        self.made: dict[int, Entry] = {}

    @cached_property
    def outlines(self) -> list[Outline]:
        """All that is listed here, without words, the newest first."""
        return outlines_of(self.version, self.checks, self.tallies)

    @cached_property
    def own_pool(self) -> list[Outline]:
        return [it for it in self.outlines if it.version_id == self.version.pk]

    @cached_property
    def votes(self) -> Votes:
        return votes_on(self.version, self.held)

    @cached_property
    def sides(self) -> Sides:
        return sides_of(self.version, self.held, self.votes, self.taken)

    @property
    def by_calls(self) -> bool:
        """Whether the sides are told from what people called reasoning blind."""
        return self.sides.basis == BY_CALLS

    @cached_property
    def own_side(self) -> OwnSide:
        """Where the reader stands, shown to nobody else."""
        user, judge = self.reader.user, self.reader.judge
        if user is None:
            return OwnSide()
        return own_side(self.version, self.held, self.sides, self.taken, user, judge)

    @cached_property
    def tallies(self) -> dict[int, Tally]:
        return tallies(self.version, self.held, self.votes, self.sides)

    @cached_property
    def entries(self) -> Listed:
        return self.listed(self.outlines)

    def listed(self, outlines: Sequence[Outline]) -> Listed:
        return Listed(outlines, self.drawn)

    def drawn(self, keys: Iterable[int]) -> list[Entry]:
        """Entries by key, in this order; each is made once."""
        wanted = list(keys)
        missing = [key for key in wanted if key not in self.made]
        if missing:
            rows = Statement.objects.for_page().filter(pk__in=missing)
            self.made |= {it.key: it for it in self.entries_of(list(rows))}
        return [self.made[key] for key in wanted]

    def entries_of(self, statements: Sequence[Statement]) -> list[Entry]:
        """Statements as the reader sees them. Six queries, one more where some were reworded, and
        those of sides, checks and votes."""
        keys = [it.pk for it in statements if it.version_id == self.version.pk]
        user = self.reader.user
        earlier = Statement.objects.earlier_wordings(statements)
        reactions = self.reactions_to(statements, earlier)
        changed = self.changed_by(keys, earlier)
        checks = {it.pk: self.checks.of_statement(it) for it in statements}
        outputs = [e.output_id for it in statements for e in it.evidence.all()]
        here = readable(outputs)
        opened = opened_by(self.reader.judge, outputs) & here
        reasons = self.checks.reasons(opened)
        quoted = [it.quotes_id for it in statements if it.quotes_id is not None]
        folded = folded_among(Statement, [*(it.pk for it in statements), *quoted], user)
        found = []
        for statement in statements:
            said = checks[statement.pk]
            own = user is not None and statement.author_id == user.pk
            vote = self.cast.get(statement.pk)
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
                tally=self.tallies.get(statement.pk, NOTHING),
                check=best_of(check for _, check in counterexamples(statement, said)),
                own=own,
                vote=vote,
                shows_numbers=own or vote is not None or statement.pk in self.reader.shown,
                can_vote=not own and self.is_open_for(statement),
                can_change=own and self.is_open_for(statement),
                reactions=reactions[statement.pk],
                changed=changed.get(statement.pk, 0),
                folded=folded.get(statement.pk, ""),
                quote_folded=folded.get(statement.quotes_id or 0, ""),
            )
            if statement.version_id != self.version.pk:
                entry.asked_of = self.version
            found.append(entry)
        return found

    def is_open_for(self, statement: Statement) -> bool:
        """Whether anything is voted, added or changed here about a statement."""
        return not self.closed and statement.is_standing and statement.version_id == self.version.pk

    def reactions_to(
        self, statements: Iterable[Statement], earlier: Mapping[int, list[Statement]]
    ) -> dict[int, list[dict[str, Any]]]:
        """Statement to its reactions, by kind and words, with how many gave each; also to what its
        words were before."""
        rows_of = [*statements, *(before for each in earlier.values() for before in each)]
        # What of its words is quoted is withheld with them.
        texts = {it.pk: "" if it.is_withheld else it.text for it in rows_of}
        now = standing_for(earlier)
        grouped: dict[tuple[int, str, str], list[Reaction]] = defaultdict(list)
        for row in Reaction.objects.to(rows_of):
            words = texts[row.statement_id][row.start : row.end] if row.start is not None else ""
            grouped[now.get(row.statement_id, row.statement_id), row.kind, words].append(row)
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

    def changed_by(
        self, statements: Sequence[int], earlier: Mapping[int, list[Statement]]
    ) -> dict[int, int]:
        """Statement to how many people say that it changed their stance, and changed it; also by
        what its words were before."""
        now = standing_for(earlier)
        rows = Stance.objects.filter(because__in=[*statements, *now]).exclude(person=None)
        people: dict[int, set[int]] = defaultdict(set)
        for because, person in rows.values_list("because", "person"):
            people[now.get(because, because)].add(person)
        return {key: len(each) for key, each in people.items()}

    # Lists --------------------------------------------------------------------------------------

    @cached_property
    def standing(self) -> Listed:
        return self.listed(standing(self.outlines))

    @cached_property
    def fallen(self) -> Listed:
        return self.listed(fallen(self.outlines))

    def column(self, *kinds: str) -> Listed:
        return self.listed(column(self.own_pool, kinds, self.waits))

    def waits(self, it: Outline) -> bool:
        """Whether the reader may vote on a statement, and has not."""
        user = self.reader.user
        own = user is not None and it.author_id == user.pk
        return not self.closed and not own and it.key not in self.cast

    @cached_property
    def cast(self) -> dict[int, Vote]:
        """The reader's votes by statement, on earlier versions too. One query for who is signed
        in."""
        if self.reader.user is None:
            return {}
        mine = Vote.objects.current().filter(
            voter=self.reader.user, statement__version__definition=self.version.definition_id
        )
        return {vote.statement_id: vote for vote in mine}

    @cached_property
    def bridging(self) -> Listed:
        found = [it for it in self.own_pool if it.tally.badge]
        return self.listed(sorted(found, key=lambda it: -(it.tally.score or 0)))

    @cached_property
    def cruxes(self) -> Listed:
        return self.listed([it for it in self.own_pool if it.tally.crux])

    @cached_property
    def common_ground(self) -> Listed:
        found = [it for it in self.own_pool if it.tally.common_ground]
        return self.listed(sorted(found, key=lambda it: -(it.tally.common or 0)))

    @cached_property
    def own_votes(self) -> int:
        return sum(it.key in self.cast for it in self.own_pool)

    @cached_property
    def creditable(self) -> list[tuple[int, str]]:
        """Key and text of the most useful statements of others, which may have changed a mind."""
        user = self.reader.user
        others = [it for it in self.own_pool if user is None or it.author_id != user.pk]
        best = sorted(others, key=lambda it: (-it.tally.low, -it.key))[:MOST_CREDITABLE]
        texts = dict(
            Statement.objects.filter(pk__in=[it.key for it in best]).values_list("pk", "text")
        )
        folded = folded_among(Statement, texts, user)
        return [(it.key, folded.get(it.key, texts[it.key])) for it in best]

    @property
    def asks_what_is_missing(self) -> bool:
        return self.own_votes >= ASKS_AFTER

    @cached_property
    def taken(self) -> Stances:
        """Who holds which stance now. One query."""
        return stances_on(self.version)

    @property
    def stances(self) -> Counter[str]:
        """How many hold each stance now."""
        return Counter(self.taken.of.values())

    @property
    def own_stance(self) -> str:
        """What the reader would do with the version; empty where they never said."""
        user = self.reader.user
        return self.taken.of.get(user.pk, "") if user is not None else ""


def standing_for(earlier: Mapping[int, list[Statement]]) -> dict[int, int]:
    """Key of each earlier wording to that of the statement which it became."""
    return {before.pk: key for key, each in earlier.items() for before in each}


def opened_by(judge: Judge | None, outputs: Iterable[int]) -> frozenset[int]:
    """The outputs of which somebody was shown what others found. One query for a judge."""
    if judge is None:
        return frozenset()
    rows = Reveal.objects.filter(judge=judge, output__in=list(outputs))
    return frozenset(rows.values_list("output", flat=True))


AGREEMENTS: Final = Agreement.choices
KINDS: Final = Kind.choices
