"""Suggesting an item for another's collection, and what becomes of it."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.decisions import decided as moderated
from evaluations.common.events import tell
from evaluations.curation.actions import CollectionRefused, acts_as_owner, in_a_line, locked
from evaluations.curation.closed import closed_among, told_name
from evaluations.curation.models import Collection, Shown, Suggestion
from evaluations.curation.placement_actions import checked_note, place
from evaluations.curation.targets import saved

State = Suggestion.State


@transaction.atomic
def suggest(
    *, collection: Collection, author: User, target: Mapping[str, Any], note: str
) -> Suggestion:
    """Propose that something belongs into somebody's collection.

    Raises:
        PermissionError: when *author* is not signed in.
        CollectionRefused: for one's own, a private or a retired collection; without a note; for
            what is there, or what one suggested and nobody decided yet.
    """
    if not author.is_authenticated or not author.is_active:
        raise PermissionError("Sign in to suggest something.")
    kept = locked(collection)
    if acts_as_owner(kept, author):
        raise CollectionRefused("It is your own collection: add it there.")
    if kept.visibility == Shown.PRIVATE or kept.retired_at is not None or kept.owner is None:
        raise CollectionRefused("This collection takes no suggestions.")
    note = checked_note(note)
    if not note:
        raise CollectionRefused("Say in a note what it adds.")
    if not target.get("text") and kept.placements.filter(**saved(target)).exists():
        raise CollectionRefused(f"“{kept.title}” has this already.")
    try:
        with transaction.atomic():
            made = Suggestion.objects.create(collection=kept, author=author, note=note, **target)
    except IntegrityError as error:
        if "suggestion_one_open" not in str(error):
            raise
        raise CollectionRefused("You suggested this, and it is not decided yet.") from error
    tell(
        "suggestion-made", made, actor=author, title=kept.title, words=note,
        concerns=[kept.owner_id],
    )  # fmt: skip
    return made


def opened(suggestion: Suggestion) -> Suggestion:
    """A suggestion as it is stored now, locked; errors when it was decided meanwhile."""
    found = (
        Suggestion.objects.select_for_update(of=("self",))
        .select_related("collection__owner", "author")
        .get(pk=suggestion.pk)
    )
    if found.state != State.OPEN:
        raise CollectionRefused(f"This suggestion is {found.get_state_display()} already.")
    return found


@transaction.atomic
def accept(*, suggestion: Suggestion, actor: User) -> Suggestion:
    """Place what was suggested, credited to who suggested it.

    Raises:
        PermissionError, CollectionRefused: as `place`, when it was decided meanwhile, and when
            it is not public any more.
    """
    found = opened(suggestion)
    if closed_among([found]):
        raise CollectionRefused("It is not public any more: decline it, or wait until it is.")
    made = place(
        collection=found.collection, actor=actor, target=found.target, note=found.note,
        credited=found.author,
    )  # fmt: skip
    made.noted_at = found.created_at
    made.save(update_fields=["noted_at"])
    return decided(found, State.ACCEPTED, actor)


@transaction.atomic
def decline(*, suggestion: Suggestion, actor: User, reason: str) -> Suggestion:
    """Turn a suggestion down, with a reason for its author.

    Raises:
        PermissionError: unless one owns the collection.
        CollectionRefused: without a reason, and when it was decided meanwhile.
    """
    found = opened(suggestion)
    if not acts_as_owner(found.collection, actor):
        raise PermissionError("Only the collection's owner decides.")
    reason = in_a_line(reason)
    if not reason:
        raise CollectionRefused("Say why: whoever suggested it reads that.")
    return decided(found, State.DECLINED, actor, reason)


@transaction.atomic
def strike(*, suggestion: Suggestion, actor: User, sentence: str, code: str) -> Suggestion:
    """Decline a suggestion for what is written in it: a moderator's decision.

    Args:
        sentence: public; its author reads it.
        code: of the reason in the public log.

    Raises:
        PermissionError: unless *actor* moderates.
        CollectionRefused: when it was decided meanwhile.
    """
    if not actor.may_moderate:
        raise PermissionError("Moderators strike suggestions.")
    found = opened(suggestion)
    moderated.send(
        Suggestion, about=found, actor=actor, verb="retire", kind="suggestion",
        label=told_name(found), url=found.collection.get_absolute_url(), reason=code,
        sentence=sentence, concerns=[found.author_id],
    )  # fmt: skip
    return close(found, State.DECLINED, sentence)


@transaction.atomic
def retract(*, suggestion: Suggestion, actor: User) -> Suggestion:
    """Take one's own suggestion back. Errors as in `decline`."""
    found = opened(suggestion)
    if found.author_id != actor.pk:
        raise PermissionError("Only who suggested it takes it back.")
    return decided(found, State.RETRACTED, actor)


def decided(suggestion: Suggestion, state: State, actor: User, reason: str = "") -> Suggestion:
    """Close a suggestion, and let its author know what became of it."""
    close(suggestion, state, reason)
    if state != State.RETRACTED:
        tell(
            f"suggestion-{state.value}", suggestion, actor=actor,
            title=suggestion.collection.title, words=reason, concerns=[suggestion.author_id],
        )  # fmt: skip
    return suggestion


def close(suggestion: Suggestion, state: State, reason: str) -> Suggestion:
    suggestion.state, suggestion.reason = state, reason
    suggestion.decided_at = timezone.now()
    suggestion.save(update_fields=["state", "reason", "decided_at"])
    return suggestion
