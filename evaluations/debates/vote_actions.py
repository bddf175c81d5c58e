"""Votes, stances and reactions: what people make of statements, superseded and never rewritten."""

from typing import Final

from django.db import transaction

from evaluations.accounts.models import User
from evaluations.debates.actions import begun, check_person, open_version
from evaluations.debates.choices import Agreement, Reply, Stand
from evaluations.debates.models import Reaction, Stance, Statement, Vote
from evaluations.debates.querysets import ReactionQuerySet
from evaluations.debates.refusals import DebateRefused
from evaluations.debates.telling import tell_asked
from evaluations.debates.wording import WordingRefused, piece_of
from evaluations.definitions.models import DefinitionVersion

MOST_LINK: Final = 200


@transaction.atomic
def vote(
    *, statement: Statement, voter: User, useful: bool | None = None, agreement: str = ""
) -> Vote:
    """Vote on another's statement, on one axis or on both; what is not named stays as it was.

    A second sending of the same vote writes nothing.

    Raises:
        PermissionError: when *voter* is not signed in.
        DebateRefused: on one's own, for an empty vote, and as `actions.begun` does.
    """
    kept = begun(statement, voter)
    if kept.author_id == voter.pk:
        raise DebateRefused("It is your own statement: others vote on it.")
    if agreement and agreement not in Agreement.values:
        raise DebateRefused("Agree, disagree, or say that you are unsure.")
    before = kept.votes.current().filter(voter=voter).first()
    if before is not None:
        useful = before.useful if useful is None else useful
        agreement = agreement or before.agreement
        if (useful, agreement) == (before.useful, before.agreement):
            return before
        Vote.objects.filter(pk=before.pk).update(is_current=False)
    if useful is None and not agreement:
        raise DebateRefused("Say whether it is useful, or whether you agree.")
    return Vote.objects.create(statement=kept, voter=voter, useful=useful, agreement=agreement)


@transaction.atomic
def take_back_vote(*, statement: Statement, voter: User) -> None:
    """Vote no more on a statement; without a vote nothing happens. Errors as `vote`."""
    kept = begun(statement, voter)
    kept.votes.current().filter(voter=voter).update(is_current=False)


@transaction.atomic
def take_stance(
    *, version: DefinitionVersion, person: User, value: str, because: Statement | None = None
) -> Stance:
    """Say what one would do with a version, or change that.

    Args:
        because: the statement that changed one's mind.

    Raises:
        PermissionError, DebateClosed: as `actions.state`.
        DebateRefused: for an unknown stance; for credit to one's own statement, to one about
            another version, or without a change.
    """
    check_person(person)
    if value not in Stand.values:
        raise DebateRefused("Say whether you would use, change or reject it.")
    # The person's row is the lock that puts one person's windows in order.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    kept = open_version(version)
    before = Stance.objects.of(person, kept)
    held = before.value if before is not None else ""
    if because is not None:
        if not held or held == value:
            raise DebateRefused(
                "A statement is credited with a change, and you stand where you stood before."
                if held
                else "Say first where you stand; what changes your mind later can be credited."
            )
        because = Statement.objects.get(pk=because.pk)
        if because.version_id != kept.pk or not because.is_standing:
            raise DebateRefused("This statement is not in the debate any more.")
        if because.author_id == person.pk:
            raise DebateRefused("It is your own statement: another’s can change your mind.")
    if before is not None and held == value:
        return before
    if before is not None:
        Stance.objects.filter(pk=before.pk).update(is_current=False)
    return Stance.objects.create(
        version=kept, person=person, value=value, before=held, because=because
    )


@transaction.atomic
def react(
    *, statement: Statement, person: User, kind: str, quote: str = "", link: str = ""
) -> Reaction:
    """React to a statement, or to the words of it that are quoted; one reaction of a kind.

    Raises:
        PermissionError: when *person* is not signed in.
        DebateRefused: to one's own; for an unknown kind; for words that do not stand there; for a
            check without a link, or a link without a check; and as `actions.begun` does.
    """
    kept = begun(statement, person)
    if kept.author_id == person.pk:
        raise DebateRefused("It is your own statement: others react to it.")
    if kind not in Reply.values:
        raise DebateRefused("Choose a reaction.")
    link = link.strip()
    if kind != Reply.CHECKED:
        link = ""
    elif not link.startswith("https://") or len(link) > MOST_LINK or len(link.split()) > 1:
        raise DebateRefused(
            f"Give the https link, of at most {MOST_LINK} characters, where it can be checked."
        )
    try:
        start, end = piece_of(kept.text, quote) or (None, None)
    except WordingRefused as error:
        raise DebateRefused(str(error)) from error
    # Who took it back and asks again told the author already.
    given = given_by(person, kept, kind)
    is_first = not given.exists()
    before = given.current().filter(statement=kept).first()
    if before is not None and (before.start, before.end, before.link) == (start, end, link):
        return before
    given.current().update(is_current=False)
    made = Reaction.objects.create(
        statement=kept, person=person, kind=kind, start=start, end=end, link=link
    )
    if is_first:
        tell_asked(made)
    return made


@transaction.atomic
def take_back_reaction(*, statement: Statement, person: User, kind: str) -> None:
    """React in this way no more; without such a reaction nothing happens. Errors as `react`."""
    kept = begun(statement, person)
    given_by(person, kept, kind).current().update(is_current=False)


def given_by(person: User, statement: Statement, kind: str) -> ReactionQuerySet:
    """Reactions of a kind of somebody's to a statement, whatever its words were then."""
    wordings = Statement.objects.wordings_of(statement)
    return Reaction.objects.filter(statement__in=wordings, person=person, kind=kind)
