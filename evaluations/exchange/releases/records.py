"""A release in figures, for its page, its API and the page of all data."""

from typing import Any

from evaluations.exchange.models import DataRelease
from evaluations.exchange.releases.stored import Stored

Record = dict[str, Any]
COLUMNS = ("name", "day", "digest", "size")


def release_record(release: DataRelease) -> Record:
    """What a release says of itself; `figures` and `lines` by what they count, in `left_out` why
    to how much."""
    told = ("figures", "lines", "left_out")
    return {
        **{name: getattr(release, name) for name in COLUMNS},
        **{name: release.counts.get(name, {}) for name in told},
    }


def file_records(release: DataRelease, stored: Stored | None) -> list[Record]:
    """Its files by name; those of JSON Lines, without bytes, where they do not lie here."""
    lines = {f"{file}.jsonl": count for file, count in release.counts["lines"].items()}
    sizes: dict[str, int | None] = {**(stored.sizes if stored else dict.fromkeys(lines))}
    return [
        {"name": name, "lines": lines.get(name), "bytes": size}
        for name, size in sorted(sizes.items())
    ]
