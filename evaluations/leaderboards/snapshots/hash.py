"""The hash of a snapshot: over what was asked, the numbers, and a digest of every row used.

A row's digest covers only what can never change about it. Withdrawing, superseding or giving
a guest's judgments to an account alter none of it, and a judge is named by a keyed pseudonym
that outlives the account. The key stays in the database: without it nobody can find out from
published digests which answers came from one judge.
"""

import hashlib
import hmac
import json
import secrets
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evaluations.leaderboards.models import PseudonymSalt

METHODS = {
    1: "The first way of computing boards.",
    2: (
        "Clustered intervals and paired tests follow Student's t with one degree of freedom less "
        "than there are clusters, and no test of C clusters claims less than 2^(1-C). Judgments "
        "and agreement are those on the outputs that a share is of."
    ),
    3: (
        "Judgments of gold items, and of judges who did not pass a protocol's qualification or "
        "are set aside, count only where that is asked for, and so do those of outputs that their "
        "judges opened themselves; where it is not known, from before it was noted, they count. "
        "Outputs that repeat an earlier one "
        "(the same model, recipe, prompt, seed and sample; at temperature 0 whatever the seed) do "
        "not count. A rank is a range: from 1 plus the rows significantly above to the number of "
        "rows less those significantly below."
    ),
}
"""Each way in which boards were computed, with what changed; numbers of two ways may differ."""
METHOD_VERSION = max(METHODS)
SET_APART_SINCE = 3
"""Boards of earlier methods counted what is set apart now."""

FORMAT = "by-what-definition-snapshot-1"
DIGEST_BYTES = 16
ROW = struct.Struct(f">q{DIGEST_BYTES}s")
ROWS_A_STRETCH = 50_000


def canonical(value: Any) -> bytes:
    """A value as the one JSON text that stands for it: sorted keys, ASCII, no spaces."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode()


def whole_digest(contents: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal digits, of the canonical JSON of what is frozen in one piece."""
    return hashlib.sha256(canonical(contents)).hexdigest()


def digest_of(row: Sequence[Any]) -> bytes:
    """The digest of one row's unchanging fields: the first 16 bytes of their SHA-256."""
    return hashlib.sha256(canonical(row)).digest()[:DIGEST_BYTES]


WITHIN = {"protocol": 1, "run": 2, "collection": 3}
"""By kind, what a pseudonym begins with that holds in one thing alone; its key goes after it."""


def pseudonym(salt: bytes, judge: int, about: Sequence[int] = ()) -> str:
    """The name of a judge in digests, which stays when the judge leaves.

    Args:
        about: keys of what alone it is the name for; everything when empty.
    """
    named = ":".join(map(str, ("judge", judge, *about)))
    return hmac.new(salt, named.encode(), hashlib.sha256).hexdigest()[:32]


def hash_of(asked: Mapping[str, Any], digests: Iterable[bytes]) -> str:
    """SHA-256 in hexadecimal digits over what was asked and got, and the digests in order.

    The order in which the rows come has no influence.
    """
    whole = hashlib.sha256(canonical({"format": FORMAT, **asked}))
    for digest in sorted(digests):
        whole.update(b"\n" + digest.hex().encode())
    return whole.hexdigest()


def pack(digests: Mapping[int, bytes]) -> list[bytes]:
    """Rows' keys and digests in stretches of at most 50,000 rows, 24 bytes a row, by key."""
    rows = [ROW.pack(key, digest) for key, digest in sorted(digests.items())]
    return [
        b"".join(rows[start : start + ROWS_A_STRETCH])
        for start in range(0, len(rows), ROWS_A_STRETCH)
    ]


def unpack(stretches: Iterable[bytes]) -> dict[int, bytes]:
    """Row key to digest, from what `pack` gave."""
    return dict(row for stretch in stretches for row in rows_in(stretch))


def rows_in(stretch: bytes) -> Iterator[tuple[int, bytes]]:
    yield from ROW.iter_unpack(bytes(stretch))


def site_salt() -> bytes:
    """The site's salt, made when it is first needed. It travels with a copy of the database."""
    salt, _ = PseudonymSalt.objects.get_or_create(pk=1, defaults={"value": secrets.token_bytes(32)})
    return bytes(salt.value)
