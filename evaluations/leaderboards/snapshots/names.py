"""The last part of a snapshot's address: the day and the first digits of the hash."""

import datetime as dt

from django.urls import register_converter

from evaluations.leaderboards.models import HASH_SHOWN

Named = tuple[dt.date, str]


class SnapshotName:
    """Converts `2026-11-23-0f3a9c1e` in a URL to the day and the digits."""

    regex = rf"\d{{4}}-\d{{2}}-\d{{2}}-[0-9a-f]{{{HASH_SHOWN}}}"

    def to_python(self, value: str) -> Named:
        """The day and the digits; ValueError for a day that no calendar has."""
        day, digits = value[:10], value[11:]
        if len(digits) != HASH_SHOWN or set(digits) - set("0123456789abcdef"):
            raise ValueError(f"“{value}” names no snapshot")
        return dt.date.fromisoformat(day), digits

    def to_url(self, value: str | Named) -> str:
        return value if isinstance(value, str) else f"{value[0].isoformat()}-{value[1]}"


register_converter(SnapshotName, "snapshot")
