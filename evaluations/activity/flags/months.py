"""Flags in figures, month by month: how many, what for, how many stayed, and how soon."""

from typing import Any, Final

from django.db.models import Aggregate, Count, DurationField, F, Q
from django.db.models.functions import TruncMonth

from evaluations.activity.models import Flag, FlagReason

OF_A_MONTH: Final = (
    "month", "flags", *FlagReason.values, "decided", "share_kept", "median_hours",
)  # fmt: skip
HOUR: Final = 3600


class Median(Aggregate):
    """The middle of what is not null, between the two middle ones where there are two."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def by_month() -> list[dict[str, Any]]:
    """A record a month in which something was flagged, the newest first; one query.

    `share_kept` is of the flags that were decided, 0 to 1; None where none was. A flag that its
    maker took back counts as made.
    """
    counted = {reason: Count("pk", filter=Q(reason=reason)) for reason in FlagReason.values}
    rows = (
        Flag.objects.order_by()
        .annotate(month=TruncMonth("made_at"))
        .values("month")
        .annotate(
            flags=Count("pk"),
            decided=Count("pk", filter=Q(decided_at__isnull=False)),
            kept=Count("pk", filter=Q(upheld=False)),
            taken=Median(F("decided_at") - F("made_at"), output_field=DurationField()),
            **{name.replace("-", "_"): count for name, count in counted.items()},
        )
        .order_by("-month")
    )
    return [as_record({**row}) for row in rows]


def as_record(row: dict[str, Any]) -> dict[str, Any]:
    taken = row["taken"]
    return {
        "month": f"{row['month']:%Y-%m}",
        "flags": row["flags"],
        **{reason: row[reason.replace("-", "_")] for reason in FlagReason.values},
        "decided": row["decided"],
        "share_kept": round(row["kept"] / row["decided"], 3) if row["decided"] else None,
        "median_hours": round(taken.total_seconds() / HOUR, 1) if taken is not None else None,
    }
