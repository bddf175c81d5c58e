"""How evidence stands now: whether the verdict still bears it out, since when not, and which later
version answers it. All of it is computed whenever a page is read."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from evaluations.debates.choices import COUNTEREXAMPLES
from evaluations.debates.claims import is_borne_out
from evaluations.debates.models import Evidence, Statement
from evaluations.debates.weighing.calls import NOBODY, Weight, weight_at
from evaluations.definitions.models import DefinitionVersion
from evaluations.definitions.rule_editor import titles_of
from evaluations.leaderboards.boards.standings import (
    VERDICT_OF,
    Question,
    Ruling,
    reading_of,
    rule_on_outputs,
    ruling_on,
)
from evaluations.leaderboards.comparisons.deciding import reasons_for, sentence
from evaluations.leaderboards.listing.outputs import NOT_ASKED
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.runs.models import Output

STANDS, MOVED, ANSWERED, OPEN, GONE = "stands", "moved", "answered", "open", "gone"
RANK = (STANDS, OPEN, ANSWERED, MOVED, GONE)
"""States from the strongest on."""
DAYS_LOOKED_AT = 60


@dataclass(frozen=True)
class Check:
    """One piece of evidence under the version that is looked at.

    `state` is one of `RANK`: the verdict is what the role claims; it was, and answers moved it
    (`since` a day); a later version answers it (`by` its number); that version has not been asked
    in full; or the output cannot be read any more.
    """

    state: str
    verdict: str
    weight: Weight = NOBODY
    since: dt.date | None = None
    by: int | None = None


class Checks:
    """What the versions of one definition say of outputs, up to the one that is looked at."""

    def __init__(self, version: DefinitionVersion, held: Matrix | None = None) -> None:
        self.version = version
        self.held = current_matrix() if held is None else held
        self.rulings: dict[int, Ruling] = {}

    @cached_property
    def versions(self) -> dict[int, DefinitionVersion]:
        """Its versions by key, in their order, with their pins. One query, and two more where
        there are earlier ones."""
        earlier = (
            DefinitionVersion.objects.of_everyone()
            .filter(definition=self.version.definition_id, number__lt=self.version.number)
            .order_by("number")
        )
        rows = [*earlier, self.version]
        DefinitionVersion.read_pins(rows)
        return {row.pk: row for row in rows}

    def place_of(self, output: int) -> int | None:
        """Where an output is in the matrix; None for what is withdrawn or not public."""
        place = int(np.searchsorted(self.held.output, output))
        return place if place < self.held.size and self.held.output[place] == output else None

    def word(self, version: DefinitionVersion, place: int) -> str:
        """What a version says of an output."""
        ruling = self.rulings.get(version.pk)
        if ruling is None:
            ruling = self.rulings[version.pk] = rule_on_outputs(version, self.held)
        return VERDICT_OF[int(ruling.verdicts[place])] if ruling.asked[place] else NOT_ASKED

    def bears_out(self, version: DefinitionVersion, output: int, role: str) -> bool:
        """Whether a version says of an output what a role claims; makes no query."""
        place = self.place_of(output)
        return place is not None and is_borne_out(role, self.word(version, place))

    def of_statement(self, statement: Statement) -> dict[int, Check]:
        """Evidence key to how it stands; reads the prefetched evidence."""
        return {it.pk: self.of(it, statement.version_id) for it in statement.evidence.all()}

    def of(self, evidence: Evidence, made_under: int) -> Check:
        """How a piece of evidence stands that was shown for a statement about some version."""
        check = self.state_of(evidence.output_id, evidence.role, made_under)
        place = self.place_of(evidence.output_id)
        if check.state != MOVED or place is None:
            return check
        made, role = self.versions[made_under], evidence.role
        since = self.held.figures.once(
            ("moved on", made.pk, place, role), lambda: self.moved_on(made, place, role)
        )
        return replace(check, since=since)

    @cached_property
    def states(self) -> dict[tuple[int, str, int], Check]:
        """What `state_of` found, kept with the matrix: a debate asks of hundreds each time."""
        return self.held.figures.once(("states", self.version.pk), dict)

    def state_of(self, output: int, role: str, made_under: int) -> Check:
        """The same without the day since which it does not stand, which takes longer to find."""
        asked = (output, role, made_under)
        if asked not in self.states:
            self.states[asked] = self.state_anew(*asked)
        return self.states[asked]

    def state_anew(self, output: int, role: str, made_under: int) -> Check:
        place = self.place_of(output)
        if place is None:
            return Check(GONE, NOT_ASKED)
        now = self.versions[self.version.pk]
        verdict = self.word(now, place)
        weight = weight_at(now, self.held, place)
        if is_borne_out(role, verdict):
            return Check(STANDS, verdict, weight)
        then = self.versions[made_under]
        if then.pk == now.pk or not is_borne_out(role, self.word(then, place)):
            return Check(MOVED, verdict, weight)
        if verdict in ("undetermined", NOT_ASKED):
            return Check(OPEN, verdict, weight)
        return Check(ANSWERED, verdict, weight, by=self.answered_by(then, place, role))

    def answered_by(self, then: DefinitionVersion, place: int, role: str) -> int:
        """The first version after *then* from which on none says what a role claims."""
        later = [it for it in self.versions.values() if it.number > then.number]
        first = self.version.number
        for version in reversed(later):
            if is_borne_out(role, self.word(version, place)):
                break
            first = version.number
        return first

    def moved_on(self, version: DefinitionVersion, place: int, role: str) -> dt.date | None:
        """The day since which the answers that count now do not bear a role out any more.

        None where they never did: what did was withdrawn or superseded.
        """
        reading = reading_of(version)
        selection, days = Selection(), set[int]()
        prompt = int(self.held.prompt_index[place])
        for column in reading.columns.values():
            for about, subject in (("output", place), ("prompt", prompt)):
                rows = self.held.answers((about, *column))
                if rows is not None:
                    counted = rows.counted(selection)
                    days.update(counted.day[counted.subject == subject].tolist())
        since = None
        for number in sorted(days, reverse=True)[:DAYS_LOOKED_AT]:
            day = dt.date(1970, 1, 1) + dt.timedelta(days=number)
            until = ruling_on(reading, self.held, Question(selection=Selection(until=day)))
            if until.asked[place] and is_borne_out(role, VERDICT_OF[int(until.verdicts[place])]):
                return since
            since = day
        return None

    def reasons(self, outputs: Iterable[int]) -> dict[int, str]:
        """Output to why the version says what it says of it, in a sentence."""
        here = [(key, place) for key in set(outputs) if (place := self.place_of(key)) is not None]
        if not here:
            return {}
        now = self.versions[self.version.pk]
        reading, question = reading_of(now), Question()
        places = np.array([place for _, place in here], np.int64)
        found = reasons_for(reading, self.held, question, places)
        titles = titles_of(now.wordings.values())
        return {
            key: sentence(reading, found, row, titles, question)
            for row, (key, _) in enumerate(here)
        }


def best_of(checks: Iterable[Check]) -> Check | None:
    """The strongest of the checks of a statement's counterexamples; None without one."""
    return min(checks, key=lambda it: (RANK.index(it.state), -it.weight.low), default=None)


def counterexamples(
    statement: Statement, checks: dict[int, Check]
) -> Sequence[tuple[Evidence, Check]]:
    """The evidence of a statement that a verdict can bear out and withdraw, with how it stands."""
    return [(it, checks[it.pk]) for it in statement.evidence.all() if it.role in COUNTEREXAMPLES]


def readable(outputs: Iterable[int]) -> set[int]:
    """Those outputs that everybody may read. One query, none without any."""
    keys = set(outputs)
    if not keys:
        return set()
    return set(Output.objects.finished().filter(pk__in=keys).values_list("pk", flat=True))
