"""A guest who signs up or in: what they judged becomes the account's."""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, Model, Q
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.judgments.answers.marks import copy_marks, undo_marks
from evaluations.judgments.items.places import recount_places
from evaluations.judgments.items.within import written_by
from evaluations.judgments.models import (
    Answer,
    Comparison,
    Draft,
    FirstError,
    Item,
    Judge,
    JudgeKind,
    Judgment,
    Lease,
    Member,
    Reveal,
    Skip,
    SkippedItem,
    StepLabel,
)

Row = TypeVar("Row", bound=Model)


class AlreadyAttached(ValueError):
    """Another window signed in first: the guest belongs to an account already."""


@transaction.atomic
def attach_guest(*, guest: Judge, user: User) -> Judge:
    """Give a guest's judgments to the account they signed up with or signed in to.

    A new account takes the guest over whole. An account that has judged before keeps its own
    answers; the guest's are copied where it has none, and the guest's own rows are withdrawn. What
    was said in a round is copied whole, since that stays what it was, in force where it has none.
    What a guest said of a text that the account's person wrote goes: nobody judges their own.
    What was held back counts from now on, and fills the places that it left open.

    Raises:
        AlreadyAttached: for a judge who is no guest, or none any more.
    """
    guest = Judge.objects.select_for_update().get(pk=guest.pk)
    if guest.kind != JudgeKind.GUEST:
        raise AlreadyAttached("Only a guest can be attached to an account.")
    own = Judge.objects.select_for_update().filter(user=user).first()
    if own is None:
        guest.kind, guest.user, guest.guest_key = JudgeKind.PERSON, user, None
        guest.save(update_fields=["kind", "user", "guest_key"])
        guest.leases.update(address="")
        recount_places(guest)
        return guest
    kept = {question(answer) for answer in own.answers.filter(is_current=True)}
    texts = set(written_by(own).values_list("pk", flat=True))
    of_rounds = set(
        Item.objects.filter(version__protocol__ends_at__isnull=False, judgments__judge=guest)
        .exclude(judgments__judge=own)
        .values_list("pk", flat=True)
    )
    # Locked in one order, so that two at once cannot wait for each other.
    items = Item.objects.filter(Q(judgments__judge=guest) | Q(leases__judge=guest))
    ids = sorted(set(items.values_list("pk", flat=True)))
    list(Item.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    finished = set(
        own.judgments.filter(finishes_item=True, withdrawn_at=None).values_list("item", flat=True)
    )
    withdrawn = list(guest.judgments.filter(withdrawn_at=None))
    copies: list[tuple[Judgment, list[Answer], bool]] = []
    for judgment in guest.judgments.filter(withdrawn_at=None).order_by("id"):
        is_own = judgment.output_id in texts
        answers = [
            answer
            for answer in judgment.answers.all()
            if judgment.item_id in of_rounds or (answer.is_current and question(answer) not in kept)
        ]
        finishes = judgment.finishes_item and judgment.item_id not in finished and not is_own
        if judgment.finishes_item and not finishes and not judgment.is_surplus:
            # One person finished it twice: the item needs one more judge again.
            Item.objects.filter(judgments=judgment, is_gold=False, done__gt=0).update(
                done=F("done") - 1
            )
        if not is_own and (answers or finishes or judgment.item_id):
            copies.append((judgment, answers, finishes))
    guest.answers.filter(is_current=True).update(is_current=False)
    guest.judgments.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
    calls: dict[int | None, int] = {}
    for judgment, answers, finishes in copies:
        taken_back = calls.get(judgment.takes_back_id)
        copy = copy_judgment(
            judgment, answers, own, finishes=finishes, kept=kept, takes_back=taken_back
        )
        if call := next((answer for answer in answers if answer.is_holistic), None):
            calls[call.pk] = copy.answers.get(is_holistic=True).pk
    undo_marks(withdrawn)
    move_comparisons(guest, own, texts)
    hand_over(Reveal, guest, own, "output_id")
    hand_over(Skip, guest, own, "output_id")
    hand_over(SkippedItem, guest, own, "item_id")
    hand_over(Draft, guest, own, "place")
    hand_over(Member, guest, own, "protocol_id")
    for lease in Lease.objects.filter(judge=guest):
        if lease.item_id in finished or own.leases.filter(item=lease.item_id).exists():
            Item.objects.filter(pk=lease.item_id, is_gold=False).update(leased=F("leased") - 1)
            lease.delete()
    Lease.objects.filter(judge=guest).update(judge=own, address="")
    for aside in guest.set_aside.in_force():
        copied(aside, judge_id=own.pk).save(force_insert=True)
    recount_places(own)
    return own


def question(answer: Answer) -> tuple[Any, ...]:
    """What an answer is to: the subject and the question."""
    return (
        answer.output_id,
        answer.prompt_id,
        answer.criterion_id,
        answer.meaning,
        answer.definition_version_id,
        answer.is_holistic,
    )


def hand_over(model: type[Model], guest: Judge, own: Judge, key: str) -> None:
    """Move rows of which a judge has one a *key*; those that the account has stay the guest's."""
    rows = model._default_manager
    had = rows.filter(judge=own).values_list(key, flat=True)
    rows.filter(judge=guest).exclude(**{f"{key}__in": list(had)}).update(judge=own)


def copied(row: Row, **changes: Any) -> Row:
    """A row again, unsaved, with some fields changed."""
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    return type(row)(**(values | changes))


def copy_judgment(
    judgment: Judgment,
    answers: list[Answer],
    judge: Judge,
    *,
    finishes: bool,
    kept: Collection[tuple[Any, ...]],
    takes_back: int | None,
) -> Judgment:
    """Write a judgment with some of its answers, its marks and labels under another judge.

    Those to questions that the judge answered already, *kept*, are not in force. *takes_back*: the
    key of the call that the copy takes back, where that was copied.
    """
    own = {"judge_id": judge.pk, "finishes_item": finishes, "withdrawn_at": None}
    copy = copied(judgment, takes_back_id=takes_back, **own)
    copy.save(force_insert=True)
    Answer.objects.bulk_create(
        copied(
            answer,
            judgment_id=copy.pk,
            judge_id=judge.pk,
            supersedes_id=None,
            is_current=answer.is_current and question(answer) not in kept,
        )
        for answer in answers
    )
    labelled = set(judge.step_labels.filter(is_current=True).values_list("step_id", flat=True))
    labels = list(judgment.step_labels.filter(is_current=True))
    judgment.step_labels.update(is_current=False)
    StepLabel.objects.bulk_create(
        copied(row, judgment_id=copy.pk, judge_id=judge.pk)
        for row in labels
        if row.step_id not in labelled
    )
    erred = set(judge.first_errors.filter(is_current=True).values_list("output_id", "segmentation"))
    errors = list(judgment.first_errors.filter(is_current=True))
    judgment.first_errors.update(is_current=False)
    FirstError.objects.bulk_create(
        copied(row, judgment_id=copy.pk, judge_id=judge.pk)
        for row in errors
        if (row.output_id, row.segmentation) not in erred
    )
    copy_marks(judgment, copy)
    return copy


def move_comparisons(guest: Judge, own: Judge, texts: Collection[int]) -> None:
    """Copy a guest's comparisons of what the account did not compare; withdraw the guest's.

    Args:
        texts: outputs that the account's person wrote, and does not judge.
    """

    def pair(row: Comparison) -> tuple[Any, ...]:
        return (frozenset((row.left_id, row.right_id)), row.definition_version_id)

    had = {pair(row) for row in own.comparisons.filter(is_current=True, withdrawn_at=None)}
    theirs = list(guest.comparisons.filter(is_current=True, withdrawn_at=None))
    guest.comparisons.filter(withdrawn_at=None).update(
        is_current=False, withdrawn_at=timezone.now()
    )
    for row in theirs:
        if pair(row) not in had and not {row.left_id, row.right_id} & set(texts):
            copied(row, judge_id=own.pk, supersedes_id=None).save(force_insert=True)
        elif row.finishes_item and not row.is_surplus:
            Item.objects.filter(comparisons=row, done__gt=0).update(done=F("done") - 1)
