"""Flags are closed by whatever a moderator decides, also where nobody asked the queue."""

import datetime as dt
from typing import Final

from django.db.models import Model, Value
from django.db.models.functions import Coalesce

from evaluations.activity.flags.waiting import COLUMN_OF
from evaluations.activity.models import Flag
from evaluations.activity.querysets import GRAVE

UPHOLDS: Final = {
    "keep": False,
    "restore": False,
    "ask to reword": True,
    "merge": True,
    "unfeature": True,
    "retire": True,
}
"""Decisions that answer flags, and whether they say that whoever flagged was right; suspending
somebody, which names its days, says so too."""


def close_flags(about: Model, verb: str, at: dt.datetime) -> None:
    """Answer the flags that wait on a row with what was decided about it; at most one query.

    Whoever was found right once stays so where the same thing is looked at again.

    Args:
        at: when it was decided, by which `for_moderators` tells what was asked for.
    """
    column = COLUMN_OF.get(type(about))
    upheld = True if verb.startswith("suspend") else UPHOLDS.get(verb)
    if column is not None and upheld is not None:
        waiting = Flag.objects.for_moderators().filter(**{column: about})
        if verb == "unfeature":  # says nothing of what should not be here at all
            waiting = waiting.exclude(reason__in=GRAVE)
        waiting.update(decided_at=at, upheld=Coalesce("upheld", Value(upheld)))
