"""Collections as one reader sees them listed: with what stands in place of their words."""

from collections.abc import Iterable
from typing import Any

from evaluations.common.folding import folded_among
from evaluations.curation.models import Collection


def with_folding(collections: Iterable[Collection], reader: Any) -> list[Collection]:
    """Collections, each with `folded` as its reader sees it; the queries of `folded_among`."""
    found = list(collections)
    folded = folded_among(Collection, (each.pk for each in found), reader)
    for each in found:
        each.folded = folded.get(each.pk, "")
    return found
