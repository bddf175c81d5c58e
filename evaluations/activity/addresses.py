"""Where the rows are found that events are about."""

from django.urls import reverse

from evaluations.activity.models import Decision, Event
from evaluations.curation.models import Suggestion


def address_of(event: Event) -> str:
    """The path of what an event is about, as it is now; empty where that was erased.

    Reads the rows that `with_rows` brings along.
    """
    match event.about:
        case None:
            return ""
        case Suggestion() as found:
            return reverse("collection-suggest", args=found.collection.path)
        case Decision() as found:
            return found.url or reverse("moderation")
        case found:
            path: str = found.get_absolute_url()  # type: ignore[attr-defined]
            return path
