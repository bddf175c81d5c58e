"""Leaving: an account is deleted, or a guest forgotten; their judgments stay or are withdrawn."""

import uuid

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.judgments.items import queue
from evaluations.judgments.items.carried import give_turns_back
from evaluations.judgments.models import (
    Answer,
    Comparison,
    Consent,
    Draft,
    FirstError,
    Item,
    Judge,
    JudgeKind,
    Judgment,
    Lease,
    Mark,
    Member,
    PassedPrompt,
    Reveal,
    Skip,
    StepLabel,
    Writing,
)
from evaluations.runs.models import Output, Report


class WhatStays(models.TextChoices):
    """What becomes of the judgments of somebody who leaves, and of what they wrote by hand."""

    ANONYMISE = "anonymise", "They stay, without my name"
    WITHDRAW = "withdraw", "They are withdrawn and count no longer"


class LeaveRefused(Exception):
    """The account cannot be deleted; the message says why and what to do."""


@transaction.atomic
def leave(*, user: User, choice: str) -> None:
    """Delete an account with all that is only its own, and let its judgments stay or not.

    Definitions, runs, protocols, findings, decisions and reports stay, without a name; drafts,
    leases, skips, memberships, and invitations that it made go.

    Raises:
        LeaveRefused: for the only account that runs the site.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    staff = User.objects.select_for_update().filter(is_staff=True, is_active=True)
    if user.is_staff and user.is_active and len(staff) == 1:
        raise LeaveRefused(
            "Yours is the only staff account, and nobody could run this site without it. Make "
            "another account staff first, in the administration."
        )
    judge = Judge.objects.filter(user=user).first()
    if judge is not None:
        let_go(judge, WhatStays(choice))
        Judge.objects.filter(pk=judge.pk).update(user=None)
    user.delete()


@transaction.atomic
def forget_guest(*, guest: Judge, choice: str) -> None:
    """Cut the tie between a guest's browser and their judgments, which stay or are withdrawn.

    Nobody holds the new key, so nothing can be attached to an account any more.

    Raises:
        LeaveRefused: for a judge who is not a guest (any more).
    """
    if let_go(guest, WhatStays(choice)).kind != JudgeKind.GUEST:
        raise LeaveRefused("These judgments belong to an account: delete that instead.")
    Judge.objects.filter(pk=guest.pk).update(guest_key=uuid.uuid4())


def let_go(judge: Judge, choice: WhatStays) -> Judge:
    """Delete what serves only this judge; withdraw their judgments where that is chosen.

    Returns the judge's row, locked.
    """
    # The judge's row is the lock that puts one person's tabs and double clicks in order.
    locked = Judge.objects.select_for_update().get(pk=judge.pk)
    if choice == WhatStays.WITHDRAW:
        withdraw_all(locked)
    for lease in Lease.objects.filter(judge=locked):
        queue.release(token=lease.token, judge=locked)
    for owned in (Draft, Reveal, Skip, Member, Writing, PassedPrompt, Consent):
        owned.objects.filter(judge=locked).delete()
    return locked


def withdraw_all(judge: Judge) -> None:
    """Withdraw every judgment and comparison; items need that many other judges again.

    With them what the judge wrote by hand.
    """
    judgments = Judgment.objects.standing().filter(judge=judge)
    comparisons = Comparison.objects.filter(judge=judge, withdrawn_at=None)
    counted = {
        item
        for rows in (judgments, comparisons)
        for item in rows.filter(finishes_item=True, is_surplus=False, item__is_gold=False)
        .order_by()
        .values_list("item", flat=True)
    }
    # Locked in one order, so that two who leave at once never wait for each other. A judge
    # finishes an item once, and gold items keep no count.
    items = Item.objects.select_for_update().filter(pk__in=counted).order_by("pk")
    Item.objects.filter(pk__in=[item.pk for item in items]).update(done=F("done") - 1)
    give_turns_back(judge)
    now = timezone.now()
    for kind in (Answer, Mark, StepLabel, FirstError):
        kind.objects.filter(judge=judge, is_current=True).update(is_current=False)
    judgments.update(withdrawn_at=now)
    texts = Output.objects.filter(by_hand__judge=judge, withdrawn_at=None)
    Report.objects.open().filter(output__in=texts).update(resolved_at=now)
    texts.update(withdrawn_at=now)
    comparisons.update(withdrawn_at=now, is_current=False)
