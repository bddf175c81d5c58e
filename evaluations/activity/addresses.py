"""Where the rows are found that events are about, and what the log calls them."""

from collections.abc import Iterable

from django.urls import reverse

from evaluations.activity.models import Decision, Event
from evaluations.curation.folds import with_folding
from evaluations.curation.models import Suggestion

TO_THE_DEBATE = ("still-holds", "debate-frozen")
"""Kinds about a version that lead to its debate."""


def address_of(event: Event) -> str:
    """The path of what an event is about, as it is now; empty where that was erased.

    Reads the rows that `with_rows` brings along.
    """
    if event.kind == "moderation-waits":
        return reverse("moderation-queue")
    if event.kind in TO_THE_DEBATE and event.definition_version is not None:
        return reverse("debate", args=[event.definition_version.definition.slug])
    match event.about:
        case None:
            return ""
        case Suggestion() as found:
            return reverse("collection-suggest", args=found.collection.path)
        case Decision() as found:
            return found.get_absolute_url()
        case found:
            path: str = found.get_absolute_url()  # type: ignore[attr-defined]
            return path


def as_named(decisions: Iterable[Decision]) -> list[Decision]:
    """Decisions that call what lies in a collection which readers folded by no name of its own; as
    `for_log` reads them. The queries of `with_folding`."""
    found = list(decisions)
    with_folding((row.collection for row in found if row.collection is not None), None)
    for row in found:
        if row.collection is not None and row.collection.folded:
            row.label = row.collection.folded
    return found
