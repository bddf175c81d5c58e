"""What an edit of a rule does by logic: stricter, laxer, both, or the same in other words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluations.definitions.logic import (
    follows_to_many,
    parted,
    pattern_in_words,
    stated_version,
    stated_with,
)
from evaluations.definitions.models import DefinitionVersion, Follows, State
from evaluations.definitions.postulates import postulates
from evaluations.leaderboards.boards.standings import Reading
from evaluations.leaderboards.logic.map import stated_of, stored_ways
from evaluations.rules import Stated

SIDES = (Follows.FORWARD, Follows.BACKWARD)
"""Stricter and laxer. What is equal is neither: that is said in a sentence of its own."""


@dataclass(frozen=True)
class EditByLogic:
    """An edited rule beside the one it began as, and beside the published ones.

    `kind` is "stricter", "laxer", "both", "same" or "unknown"; `counts_no_more` and `counts_now`
    are the smallest cases that it loses and wins, in words. `same_as` are other definitions to
    which it is equal; `now_stricter_than` and so on say how the map would move beside these, and
    `no_more_same_as` to which it was equal before.
    """

    kind: str
    counts_no_more: str
    counts_now: str
    same_as: Sequence[DefinitionVersion] = ()
    now_stricter_than: Sequence[DefinitionVersion] = ()
    no_more_stricter_than: Sequence[DefinitionVersion] = ()
    now_laxer_than: Sequence[DefinitionVersion] = ()
    no_more_laxer_than: Sequence[DefinitionVersion] = ()
    no_more_same_as: Sequence[DefinitionVersion] = ()

    @property
    def moves_the_map(self) -> bool:
        return bool(
            self.now_stricter_than
            or self.no_more_stricter_than
            or self.now_laxer_than
            or self.no_more_laxer_than
            or self.no_more_same_as
        )


KINDS = {
    Follows.CROSSES: "both",
    Follows.FORWARD: "stricter",
    Follows.BACKWARD: "laxer",
    Follows.BOTH: "same",
    Follows.TOO_LARGE: "unknown",
}


def stated_reading(reading: Reading, process: Collection[str]) -> Stated:
    """A rule under test for logic.

    Args:
        process: keys of the criteria that ask about the working.
    """
    meanings = {key: meaning for key, (_, meaning) in reading.columns.items()}
    return stated_with(reading.rule, meanings, reading.absence_policy, process)


def edit_by_logic(
    edited: Stated,
    base: DefinitionVersion | None,
    titles: Mapping[str, str],
    others: Iterable[DefinitionVersion],
) -> EditByLogic:
    """What an edit does, with postulates taken for granted. One query, and those of `stated_of`.

    Args:
        base: the version that was edited; None for a rule that began from nothing.
        others: published versions.
    """
    listed = [other for other in others if base is None or other.pk != base.pk]
    ways = dict(zip(listed, follows_to_many(edited, stated_of(listed), postulates()), strict=True))
    same = [other for other, way in ways.items() if way is Follows.BOTH]
    if base is None:
        return EditByLogic("new", "", "", same)
    found = parted(edited, stated_version(base))
    moves: list[list[DefinitionVersion]] = [[], [], [], [], []]
    # What says yes to the same as before stands where it stood.
    is_moved = found.by_postulates is not Follows.BOTH
    if is_moved and base.is_current and base.state == State.PUBLISHED:
        stored = stored_ways(with_postulates=True, of=base)
        for other, way in ways.items():
            was = stored.get((base.pk, other.pk), Follows.CROSSES)
            if way == was or Follows.TOO_LARGE in (way, was) or way is Follows.BOTH:
                continue
            if was is Follows.BOTH:
                moves[4].append(other)
            for place, side in enumerate(SIDES):
                if side in (way, was):
                    moves[2 * place + int(side is was)].append(other)
    return EditByLogic(
        KINDS[found.by_postulates],
        pattern_in_words(found.second_only, titles) if found.second_only is not None else "",
        pattern_in_words(found.first_only, titles) if found.first_only is not None else "",
        same,
        *moves,
    )
