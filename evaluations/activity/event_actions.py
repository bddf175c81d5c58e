"""Writing down what happened, once and for good."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from django.db.models import Model

from evaluations.activity.kinds import KINDS
from evaluations.activity.models import Event, EventConcern
from evaluations.common.events import Happening
from evaluations.curation.models import CollectionVersion, Suggestion
from evaluations.debates.models import Statement
from evaluations.definitions.models import DefinitionVersion, Proposal
from evaluations.leaderboards.models import Snapshot

LONGEST_TITLE: Final = 200
LONGEST_REASON: Final = 1000


def record(happening: Happening) -> Event | None:
    """Add an event, with those whom it concerns; None where a kind is told once, and was.

    It belongs to the action's transaction: what goes wrong here undoes the action.

    Raises:
        KeyError: for a kind or a model that no file here knows.
    """
    kind, about = KINDS[happening.kind], happening.about
    columns = {column_of()[type(about)]: about, **belongs_to(about)}
    if kind.once and Event.objects.filter(kind=kind.key, **columns).exists():
        return None
    title = happening.title[:LONGEST_TITLE]
    event = Event.objects.create(
        kind=kind.key,
        actor=happening.actor,
        sentence=kind.sentence.format(title=title, number=happening.number),
        title=title,
        reason=" ".join(happening.words.split())[:LONGEST_REASON],
        public=kind.public,
        **columns,
    )
    EventConcern.objects.bulk_create(
        EventConcern(event=event, person_id=key) for key in happening.concerns
    )
    return event


@cache
def column_of() -> Mapping[Any, str]:
    """Each model to the column of an event that holds a row of it."""
    names = (*Event.ABOUT, "collection")
    return {Event._meta.get_field(name).related_model: name for name in names}


def belongs_to(about: Model) -> dict[str, int]:
    """The definition or the collection that a row is under, as a column of an event."""
    match about:
        case DefinitionVersion() | Proposal():
            return {"definition_id": about.definition_id}
        case Snapshot() | Statement():
            return {"definition_id": about.version.definition_id}
        case CollectionVersion() | Suggestion():
            return {"collection_id": about.collection_id}
    return {}
