"""Taking statements out of the rankings and bringing them back: one's own, or as a moderator."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.decisions import decided
from evaluations.debates.actions import check_said, locked, said_once
from evaluations.debates.choices import RetiredFor
from evaluations.debates.models import Statement
from evaluations.debates.refusals import DebateRefused, may_not_moderate

MOST_SENTENCE: Final = 280
RETIRING: Final = (
    "retired_at", "retired_by", "retired_because", "retired_for", "merged_into",
)  # fmt: skip


@transaction.atomic
def retire(
    *,
    statement: Statement,
    actor: User,
    sentence: str = "",
    reason: str = RetiredFor.OTHER,
    into: Statement | None = None,
) -> Statement:
    """Take a statement out of the rankings; its address stays and says why.

    Args:
        reason: of `RetiredFor`, where a moderator retires it; one's own is one's own.
        into: another that says the same, to which a moderator lets its page lead on. No vote is
            moved there: whoever voted on the one did not vote on the other.

    Raises:
        PermissionError: unless *actor* wrote it, or moderates and takes no part in this debate.
        DebateRefused: when it is retired already; for a moderator without a sentence; for another
            of another debate, and one that does not stand.
    """
    if into is not None:
        # Both are locked in one order, so that two people who merge them into each other end up
        # with one merging and one refusal.
        both = Statement.objects.filter(pk__in=[statement.pk, into.pk]).order_by("pk")
        list(both.select_for_update())
    kept = locked(statement)
    own = kept.author_id is not None and kept.author_id == actor.pk
    if not own and (why_not := may_not_moderate(kept, actor)):
        raise PermissionError(why_not)
    # What its author took back or reworded is read at its address, until a moderator retires it.
    if not kept.is_standing if own else kept.retired_for not in ("", RetiredFor.OWN):
        raise DebateRefused("It does not stand any more.")
    sentence = sentence.replace("\0", "").strip()[:MOST_SENTENCE]
    if not own and not sentence:
        raise DebateRefused("Say why in a public sentence.")
    if reason not in RetiredFor.values or (reason == RetiredFor.OWN and not own):
        raise DebateRefused("Choose a reason.")
    if into is not None:
        kept.merged_into, reason = leading_on(kept, into, own=own), RetiredFor.DUPLICATE
    kept.retired_at, kept.retired_by, kept.retired_because = timezone.now(), actor, sentence
    kept.retired_for = RetiredFor.OWN if own else reason
    kept.save(update_fields=RETIRING)
    if not own:
        tell(kept, actor, "retire" if into is None else "merge", reason, sentence)
    return kept


@transaction.atomic
def retire_with_rewordings(
    *,
    statement: Statement,
    actor: User,
    sentence: str,
    reason: str = RetiredFor.OTHER,
    into: Statement | None = None,
) -> None:
    """Retire a statement as a moderator, and how its author reworded it since. As `retire`."""
    for row in Statement.objects.wordings_since(statement):
        if row == statement or row.retired_for in ("", RetiredFor.OWN):
            retire(statement=row, actor=actor, sentence=sentence, reason=reason, into=into)


def leading_on(kept: Statement, into: Statement, *, own: bool) -> Statement:
    """The statement to which another leads on, locked."""
    if own:
        raise DebateRefused("A moderator merges statements; yours you can retire.")
    other = locked(into)
    if other.pk == kept.pk or other.version_id != kept.version_id or not other.is_standing:
        raise DebateRefused(
            "Name another statement of this debate that stands: what is merged leads there."
        )
    return other


@transaction.atomic
def restore(*, statement: Statement, actor: User, sentence: str = "") -> Statement:
    """Bring back what was retired: who retired it, its author or a moderator.

    Raises:
        PermissionError: for anybody else.
        SaidAlready: when another says the same meanwhile.
        DebateRefused: when it is not retired.
    """
    kept = locked(statement)
    if kept.retired_at is None:
        raise DebateRefused("It is not retired.")
    by_author = kept.retired_for == RetiredFor.OWN
    own = kept.author_id is not None and kept.author_id == actor.pk
    if by_author != own:
        raise PermissionError("Who retired it brings it back: its author, or else a moderator.")
    if not own and (why_not := may_not_moderate(kept, actor)):
        raise PermissionError(why_not)
    if kept.is_current:
        check_said(kept.version, kept.text, actor)
    kept.retired_at, kept.retired_by, kept.retired_for, kept.retired_because = None, None, "", ""
    kept.merged_into = None
    with said_once(kept):
        kept.save(update_fields=RETIRING)
    if not by_author:
        tell(kept, actor, "restore", "", sentence.replace("\0", "").strip()[:MOST_SENTENCE])
    return kept


def tell(kept: Statement, actor: User, verb: str, reason: str, sentence: str) -> None:
    """Let the public log know what a moderator decided."""
    decided.send(
        Statement, about=kept, actor=actor, verb=verb, kind="statement", label=kept.label,
        url=kept.get_absolute_url(), reason=reason, sentence=sentence, concerns=(kept.author_id,),
    )  # fmt: skip


def retired_for_abuse(user: User, since: dt.datetime) -> bool:
    """Whether a statement of this person's was retired for abuse since a moment. One query."""
    return Statement.objects.filter(
        author=user, retired_for=RetiredFor.ABUSE, retired_at__gte=since
    ).exists()
