"""Taking judgments out of the count; the rows stay."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.judgments.answers.marks import undo_marks
from evaluations.judgments.items.carried import give_back_for
from evaluations.judgments.models import Item, Judge, Judgment


@transaction.atomic
def withdraw_judgment(*, judgment: Judgment, actor: User) -> Judgment:
    """Withdraw a judgment: its answers count no longer, and earlier ones do not come back.

    The item of a protocol that it finished needs one judge more again.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may withdraw judgments.")
    Judge.objects.select_for_update().get(pk=judgment.judge_id)
    withdrawn = Judgment.objects.filter(pk=judgment.pk, withdrawn_at=None)
    if withdrawn.update(withdrawn_at=timezone.now()):
        for rows in (judgment.answers, judgment.step_labels, judgment.first_errors):
            rows.filter(is_current=True).update(is_current=False)
        undo_marks([judgment])
        give_back_for(judgment)
        if judgment.item_id and judgment.finishes_item and not judgment.is_surplus:
            Item.objects.filter(pk=judgment.item_id, is_gold=False).update(done=F("done") - 1)
    judgment.refresh_from_db(fields=["withdrawn_at"])
    return judgment
