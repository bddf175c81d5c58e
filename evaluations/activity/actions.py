"""What moderators do about an account: suspend it, and retire what it published."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from evaluations.accounts import suspensions
from evaluations.accounts.models import User
from evaluations.activity.models import Decision
from evaluations.activity.querysets import LIFTS
from evaluations.common.decisions import barred, decided
from evaluations.definitions.models import Definition, DefinitionVersion
from evaluations.definitions.workshop_actions import retire_definition


def may_not_suspend(person: User, actor: User) -> str:
    """Why somebody may not suspend an account, such as one that they flagged; one query."""
    return suspensions.may_not_suspend(person, actor) or barred(person, actor)


@transaction.atomic
def suspend(*, person: User, actor: User, days: int, reason: str, sentence: str) -> User:
    """Keep an account from writing for some days, or longer where it was suspended for longer.

    Errors as in `suspensions.suspend`; PermissionError also for who flagged the person.
    """
    if why_not := may_not_suspend(person, actor):
        raise PermissionError(why_not)
    suspensions.suspend(person=person, actor=actor, days=days, sentence=sentence)
    tell(actor, f"suspend for {days} days", person, reason, sentence)
    return person


@transaction.atomic
def lift(*, person: User, actor: User, sentence: str) -> User:
    """End a suspension before its time; errors as in `suspensions.lift`."""
    suspensions.lift(person=person, actor=actor)
    tell(actor, LIFTS, person, "", sentence)
    return person


def ends_at(suspension: Decision) -> dt.datetime:
    """When a suspension is over, by the days that its verb names."""
    return suspension.created_at + dt.timedelta(days=int(suspension.verb.split()[2]))


@transaction.atomic
def end_suspension(*, person: User, actor: User, sentence: str) -> bool:
    """End a suspension as far as no other one that is in force goes on; whether it ends sooner.

    Errors as in `suspensions.lift`.
    """
    if not person.is_suspended:
        return False
    now = timezone.now()
    others = [each for each in Decision.objects.suspending(person) if ends_at(each) > now]
    if not others:
        lift(person=person, actor=actor, sentence=sentence)
        return True
    last = max(others, key=ends_at)
    if person.suspended_until is None or ends_at(last) >= person.suspended_until:
        return False
    suspensions.shorten(person=person, actor=actor, until=ends_at(last), sentence=last.sentence)
    tell(actor, "shorten a suspension", person, "", sentence)
    return True


def tell(actor: User, verb: str, person: User, reason: str, sentence: str) -> None:
    decided.send(
        User, about=person, actor=actor, verb=verb, kind="account", label=person.get_username(),
        url="", reason=reason, sentence=sentence, concerns=[person.pk],
    )  # fmt: skip


@transaction.atomic
def retire_all(*, person: User, actor: User, reason: str, sentence: str) -> list[Definition]:
    """Retire every published definition that an account owns; each is a decision of its own.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may retire what others published.")
    versions = DefinitionVersion.objects.published().filter(definition__owner=person)
    retired = [version.definition for version in versions]
    for definition in retired:
        retire_definition(definition=definition, actor=actor, reason=sentence, code=reason)
    return retired
