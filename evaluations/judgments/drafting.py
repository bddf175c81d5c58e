"""Keeping what is typed on the server, and the item held on while it is typed."""

import uuid
from typing import Any

from django.http import HttpRequest, JsonResponse

from evaluations.common.throttle import address_of_the_day, take
from evaluations.judgments import queue
from evaluations.judgments.actions import keep_draft
from evaluations.judgments.judges import judge_for
from evaluations.judgments.models import Draft, Item, Judge

GUEST_DRAFTS_A_DAY = 5000
DAY = 24 * 60 * 60


def draft_at(judge: Judge | None, place: str) -> Draft | None:
    """What this judge typed at *place* and did not save yet."""
    return Draft.objects.filter(judge=judge, place=place[:250]).first() if judge else None


def typed_in(draft: Draft | None) -> dict[str, Any]:
    """The draft's fields by name; empty without a draft."""
    return dict(draft.data) if draft is not None else {}


def forget_draft(judge: Judge, place: str) -> None:
    Draft.objects.filter(judge=judge, place=place[:250]).delete()


def kept_draft(
    request: HttpRequest, place: str, item: Item | None, form_token: uuid.UUID | None
) -> JsonResponse:
    """Keep what a form holds and renew the judge's hold on its item.

    Answers with the times of both; 429 when too much comes from one address.
    """
    if not request.user.is_authenticated and not take(
        f"guest-drafts:{address_of_the_day(request)}",
        capacity=GUEST_DRAFTS_A_DAY,
        refill_seconds=DAY,
    ):
        return JsonResponse({"problem": "Too many drafts from this address today."}, status=429)
    judge = judge_for(request, form_token)
    if form_token is not None and judge.judgments.filter(form_token=form_token).exists():
        # It was on its way while the form was saved.
        return JsonResponse({"saved_at": None, "held_until": None, "lease": ""})
    kept = keep_draft(judge=judge, place=place[:250], data=request.POST.dict())
    lease = queue.lease_on(item, judge) if item is not None else None
    if lease is not None:
        lease = queue.renew(token=lease.token, judge=judge) or lease
    return JsonResponse(
        {
            "saved_at": kept.updated_at.isoformat(),
            "held_until": lease.expires_at.isoformat() if lease else None,
            "lease": str(lease.token) if lease else "",
        }
    )
