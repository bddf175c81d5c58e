"""Flagging what others wrote, and what moderators decide about it."""

from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.standing import Standing, standing_of
from evaluations.activity.actions import suspend
from evaluations.activity.flags.waiting import (
    COLUMN_OF,
    WORD_OF,
    Target,
    as_flagged,
    column_of,
    label_of,
    writers_of,
)
from evaluations.activity.models import Flag, FlagReason, Reason
from evaluations.common.decisions import barred, decided
from evaluations.curation.actions import in_a_line
from evaluations.curation.actions import retire as retire_collection
from evaluations.curation.models import Collection, Placement, Suggestion
from evaluations.curation.placement_actions import strike as strike_item
from evaluations.curation.suggestions.actions import strike as strike_suggestion
from evaluations.debates.choices import RetiredFor
from evaluations.debates.models import Statement
from evaluations.debates.refusals import may_not_moderate
from evaluations.debates.retiring_actions import retire_with_rewordings as retire_statement

MOST_WORDS: Final = 280
DAYS_FOR_FLAGS: Final = 7
"""For so long a person is suspended through flags; on the page of the account one chooses."""
VERBS: Final = ("keep", "ask to reword", "merge", "retire")


class FlagRefused(Exception):
    """It cannot be flagged or decided like this; the message says why."""


@transaction.atomic
def flag(*, person: User, target: Target, reason: str, words: str = "") -> Flag:
    """Ask moderators to look at something. A person flags a thing once, for good.

    Raises:
        PermissionError: when *person* is not signed in.
        FlagRefused: for one's own words, an unknown reason, too many words, and a second time.
    """
    if not person.is_authenticated or not person.is_active:
        raise PermissionError("Sign in to flag something.")
    if person.pk in writers_of(target):
        raise FlagRefused("It is yours: change it, or take it out.")
    if reason not in FlagReason.values:
        raise FlagRefused("Choose why.")
    words = " ".join(words.replace("\0", "").split())
    if len(words) > MOST_WORDS:
        raise FlagRefused(f"At most {MOST_WORDS} characters; these are {len(words)}.")
    try:
        with transaction.atomic():
            return Flag.objects.create(
                flagger=person,
                reason=reason,
                words=words,
                folds=standing_of(person) == Standing.ESTABLISHED,
                **column_of(target),
            )
    except IntegrityError as error:
        if "flag_once" not in str(error):
            raise
        raise FlagRefused("You flagged this before. Each person flags a thing once.") from error


def withdraw_flag(*, person: User, target: Target) -> bool:
    """Take one's own flag back while it waits; whether there was one. It cannot be made again."""
    mine = Flag.objects.waiting().filter(flagger=person, **column_of(target))
    return bool(mine.update(withdrawn_at=timezone.now()))


def may_not_decide(target: Target, actor: User) -> str:
    """Why somebody may not decide about what is flagged; empty where they may. Three queries.

    Moderators decide neither about their own nor about what they flagged, nor in a debate in which
    they take part. Staff may, but for their own, since a small site has nobody else.
    """
    if not actor.may_moderate:
        return "Flags are decided by moderators and staff."
    if actor.pk in writers_of(target):
        return "It is yours, so somebody else decides about it."
    if isinstance(target, Statement):
        return may_not_moderate(target, actor)
    return barred(target, actor)


@transaction.atomic
def decide_flags(
    *,
    target: Target,
    actor: User,
    verb: str,
    reason: str,
    sentence: str,
    into: Statement | None = None,
) -> None:
    """Decide about what is flagged: it stays, is to be reworded, is merged, or is retired.

    The log and whoever wrote it read the sentence; the flags are closed as the log is written.

    Args:
        into: of a statement that is merged, the one that says the same.

    Raises:
        PermissionError: as `may_not_decide` says.
        FlagRefused: for an unknown verb, without a sentence, or when none waits any more.
        CollectionRefused, DebateRefused: as retiring does.
    """
    if why_not := may_not_decide(target, actor):
        raise PermissionError(why_not)
    sentence = in_a_line(sentence)
    if verb not in VERBS:
        raise FlagRefused("Choose what to do: it stays, is to be reworded, merged, or retired.")
    if reason not in Reason.values or not sentence:
        raise FlagRefused("Say why, in a sentence that everybody may read.")
    waiting = Flag.objects.for_moderators().filter(**column_of(target))
    if not list(waiting.select_for_update(of=("self",)).values_list("pk", flat=True)):
        raise FlagRefused("No flag on it waits any more: somebody decided meanwhile.")
    if verb == "merge":
        if not isinstance(target, Statement) or into is None:
            raise FlagRefused("Give the number of the statement that says the same.")
        retire_statement(statement=target, actor=actor, sentence=sentence, into=into)
    elif verb == "retire":
        retire(target, actor, reason, sentence)
    else:
        decided.send(
            type(target), about=target, actor=actor, verb=verb,
            kind="account" if isinstance(target, User) else WORD_OF[COLUMN_OF[type(target)]],
            label=label_of(target),
            url="" if isinstance(target, User) else as_flagged(target, []).address, reason=reason,
            sentence=sentence, concerns=writers_of(target),
        )  # fmt: skip


def retire(target: Target, actor: User, reason: str, sentence: str) -> None:
    """Each stage retires what is its own, and tells the log; a person is suspended."""
    match target:
        case Collection():
            retire_collection(collection=target, actor=actor, sentence=sentence, code=reason)
        case Placement():
            strike_item(item=target, actor=actor, sentence=sentence, code=reason)
        case Suggestion():
            strike_suggestion(suggestion=target, actor=actor, sentence=sentence, code=reason)
        case Statement():
            known = reason if reason in RetiredFor.values else RetiredFor.OTHER
            retire_statement(statement=target, actor=actor, sentence=sentence, reason=known)
        case User():
            suspend(
                person=target, actor=actor, days=DAYS_FOR_FLAGS, reason=reason, sentence=sentence
            )
