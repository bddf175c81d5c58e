"""What can be followed: who may find it, what it is called, and where it is."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.urls import reverse

from evaluations.accounts.models import User
from evaluations.activity.models import Follow
from evaluations.activity.people import listed_people
from evaluations.common.lookups import found_or_404
from evaluations.curation.folds import with_folding
from evaluations.curation.models import Collection, Shown
from evaluations.definitions.models import Definition, DefinitionVersion

Subject = Definition | Collection | User


def subject_or_404(request: HttpRequest, what: str, pk: int) -> Subject:
    """The thing or person that an address names, where everybody may come across it; a person
    also where the visitor follows them already, to stop.

    Raises:
        Http404: for what is not there, not public or not listed, and for an unknown kind.
    """
    missing = f"There is no {what} {pk} to follow."
    match what:
        case "definition":
            everyone = DefinitionVersion.objects.of_everyone().values("definition")
            return found_or_404(Definition.objects.filter(pk__in=everyone), missing, pk=pk)
        case "collection":
            shown = Collection.objects.filter(visibility=Shown.PUBLIC, withheld=False)
            return found_or_404(shown.select_related("owner"), missing, pk=pk)
        case "person":
            followed = Follow.objects.filter(person=request.user.pk).values("followed")
            found = Q(pk__in=listed_people().values("pk")) | Q(pk__in=followed)
            return found_or_404(User.objects.filter(found), missing, pk=pk)
    raise Http404("Definitions, collections and people can be followed.")


def column_of(subject: Subject) -> dict[str, Any]:
    """The column of a `Follow` that a subject fills."""
    match subject:
        case Definition():
            return {"definition": subject}
        case Collection():
            return {"collection": subject}
    return {"followed": subject}


@dataclass(frozen=True, slots=True)
class Followed:
    """One of the things that somebody follows, as a list of them shows it."""

    what: str
    pk: int
    name: str
    address: str


def followed_by(person: User) -> list[Followed]:
    """What somebody follows, the last first; one query, and one where collections are among it."""
    joined = Follow.objects.select_related("definition", "collection__owner", "followed")
    rows = list(joined.filter(person=person).order_by("-pk"))
    with_folding((row.collection for row in rows if row.collection is not None), None)
    return [as_followed(row) for row in rows]


def as_followed(row: Follow) -> Followed:
    if row.definition is not None:
        found = row.definition
        return Followed("definition", found.pk, found.name, found.get_absolute_url())
    if row.collection is not None:
        made = row.collection
        return Followed("collection", made.pk, made.name, made.get_absolute_url())
    person = row.followed
    assert person is not None
    return Followed("person", person.pk, person.shown_name, page_of(person))


def name_of(subject: Subject) -> str:
    """What a subject is called by everybody; a query for a collection."""
    if isinstance(subject, Collection):
        return with_folding([subject], None)[0].name
    return subject.shown_name if isinstance(subject, User) else str(subject)


def page_of(subject: Subject) -> str:
    """The path of a subject; empty for who hides their name and so has no page."""
    if isinstance(subject, User):
        return "" if subject.hides_name else reverse("person", args=[subject.get_username()])
    return subject.get_absolute_url()
