"""The statements of a debate without their words: what their order rests on. A debate may hold
hundreds, of which a page draws a dozen; these alone are read whole."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from evaluations.debates.choices import COUNTEREXAMPLES, Kind
from evaluations.debates.models import Evidence, Statement
from evaluations.debates.weighing.checks import (
    ANSWERED,
    MOVED,
    OPEN,
    STANDS,
    Check,
    Checks,
    best_of,
)
from evaluations.debates.weighing.tallies import NOTHING, Tally
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.matrix.columns import Matrix

A_COLUMN: Final = 3
"""Statements of a column that are shown before all are asked for."""
FALLEN: Final = (ANSWERED, OPEN, MOVED)


@dataclass(frozen=True)
class Outline:
    """One statement as lists order it. `check` is that of its best counterexample."""

    key: int
    version_id: int
    kind: str
    author_id: int | None
    outputs: tuple[int, ...]
    check: Check | None
    tally: Tally

    @property
    def weight(self) -> float:
        return self.check.weight.low if self.check is not None and self.check.state == STANDS else 0


def outlines_of(
    version: DefinitionVersion, checks: Checks, tallies: Mapping[int, Tally]
) -> list[Outline]:
    """What stands about a version, and what rests on counterexamples from earlier ones. One
    query, and those of `checks`."""
    refuting = Evidence.objects.filter(role__in=COUNTEREXAMPLES).values("statement")
    earlier = Q(
        version__definition=version.definition_id,
        version__number__lt=version.number,
        carried_to=None,
        pk__in=refuting,
    )
    rows = (
        Statement.objects.standing()
        .filter(Q(version=version.pk) | earlier)
        .order_by("-pk", "evidence__pk")
        .values_list(
            "pk", "version", "kind", "author", "evidence__output", "evidence__role", named=False
        )
    )
    grouped: dict[tuple[Any, ...], list[tuple[int, str]]] = defaultdict(list)
    for *said, output, role in rows:
        shown = grouped[tuple(said)]
        if output is not None:
            shown.append((output, role))
    return [
        Outline(
            key,
            under,
            kind,
            author,
            tuple(output for output, _ in shown),
            best_of(
                checks.state_of(output, role, under)
                for output, role in shown
                if role in COUNTEREXAMPLES
            ),
            tallies.get(key, NOTHING),
        )
        for (key, under, kind, author), shown in grouped.items()
    ]


def standing_under(versions: Iterable[DefinitionVersion], held: Matrix) -> Counter[int]:
    """Version to how many counterexamples stand in its debate, as `standing` lists them.

    One query for all of them. Expects the pins to be fetched.
    """
    in_force = {it.definition_id: it for it in versions}
    checks = {key: Checks(it, held) for key, it in in_force.items()}
    found: set[tuple[int, int]] = set()
    for key, under, definition, number, carried, output, role in (
        Evidence.objects.filter(
            role__in=COUNTEREXAMPLES,
            statement__in=Statement.objects.standing(),
            statement__version__definition__in=in_force,
        )
        .values_list(
            "statement", "statement__version", "statement__version__definition",
            "statement__version__number", "statement__carried_to", "output", "role",
        )
    ):  # fmt: skip
        now = in_force[definition]
        is_here = under == now.pk or (number < now.number and carried is None)
        if is_here and checks[definition].bears_out(now, output, role):
            found.add((now.pk, key))
    return Counter(version for version, _ in found)


class Listed(Sequence[Any]):
    """Entries in an order, of which only those are made that are drawn."""

    def __init__(self, outlines: Sequence[Outline], make: Callable[[Iterable[int]], Any]) -> None:
        self.outlines, self.make = outlines, make

    def __len__(self) -> int:
        return len(self.outlines)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Listed(self.outlines[at], self.make)
        return self.make([self.outlines[at].key])[0]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.make(self.keys))

    @property
    def keys(self) -> list[int]:
        return [it.key for it in self.outlines]


def standing(outlines: Iterable[Outline]) -> list[Outline]:
    """Counterexamples that the verdict bears out, the surest first; then the most useful."""
    return sorted(
        (it for it in outlines if it.check is not None and it.check.state == STANDS),
        key=lambda it: (-it.weight, -it.tally.low, it.key),
    )


def fallen(outlines: Iterable[Outline]) -> list[Outline]:
    """Counterexamples that answers moved, or that a later version answers or may answer."""
    states = {state: place for place, state in enumerate(FALLEN)}
    found = [
        (states.get(it.check.state, len(FALLEN)), -it.key, it)
        for it in outlines
        if it.check is not None and it.check.state != STANDS
    ]
    return [it for *_, it in sorted(found, key=lambda row: row[:2])]


def column(
    outlines: Iterable[Outline], kinds: Sequence[str | Kind], waits: Callable[[Outline], bool]
) -> list[Outline]:
    """Statements of some kinds that are no counterexample, the most useful first.

    The third place is for the one with the fewest votes that the reader has not voted on: else
    what is new would never be read.

    Args:
        waits: whether the reader may vote on it, and has not.
    """
    ordered = sorted(
        (it for it in outlines if it.kind in kinds and it.check is None),
        key=lambda it: (-it.tally.low, -it.key),
    )
    waiting = [it for it in ordered[A_COLUMN - 1 :] if waits(it)]
    if len(ordered) > A_COLUMN and waiting:
        chosen = min(waiting, key=lambda it: (it.tally.voted, -it.key))
        ordered.remove(chosen)
        ordered.insert(A_COLUMN - 1, chosen)
    return ordered
