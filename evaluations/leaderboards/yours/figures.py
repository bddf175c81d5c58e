"""What a page says of somebody's calls: definitions in their order, and where they part."""

from collections.abc import Collection, Sequence
from typing import Any

from evaluations.leaderboards.yours.calls import (
    FEWEST,
    Calls,
    Closeness,
    closest_of,
    definitions_for,
)
from evaluations.runs.models import Output

SHOWN_PARTED, SHOWN_ROWS = 8, 12
"""So many outputs of a definition, and definitions, are on the page before somebody asks."""


def figures_of(
    rows: Sequence[Closeness],
    calls: Calls,
    user: Any,
    *,
    shows_all: bool = True,
    also: Collection[int] = (),
) -> dict[str, Any]:
    """What a page says of somebody's calls: the closest definitions, the others, and the rest.

    `readable` holds those on which they part, and what the page names *also*, as far as *user* may
    read them; one query.
    """
    heard = [row for row in rows if row.fidelity.share is not None]
    wanted = {one.output for row in heard for one in row.parted[:SHOWN_PARTED]}
    outputs = outputs_for({*wanted, *also}, user)
    return {
        "readable": outputs,
        "calls": calls.called,
        "fewest": FEWEST,
        "missing": max(FEWEST - calls.called, 0),
        "closest": [row for row in heard if row.tied],
        "rows": [
            (row, [(one, outputs.get(one.output)) for one in row.parted[:SHOWN_PARTED]])
            for row in heard
            if shows_all or row.tied
        ],
        "silent": [row.version for row in rows if row.fidelity.share is None] if shows_all else [],
        "parted_shown": SHOWN_PARTED,
        "all_tied": all(row.tied for row in heard),
    }


def enough(calls: Calls, user: Any, shown: bool = True) -> list[Closeness]:
    """The definitions beside the calls; none where there are too few of them."""
    return closest_of(calls, definitions_for(user)) if shown and calls.called >= FEWEST else []


def outputs_for(keys: Collection[int], user: Any) -> dict[int, Output]:
    """Those of the outputs that *user* may read, with their prompts. One query."""
    outputs = Output.objects.written().readable_by(user).for_judging().filter(pk__in=keys)
    return {output.pk: output for output in outputs.defer("text", "trace", "answer")}
