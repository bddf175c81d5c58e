"""Keeping what is typed on the server, and the item held on while it is typed."""

import datetime as dt
import uuid
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Sum
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from evaluations.common.throttle import DAY, address_of_the_day, take
from evaluations.judgments.answers.actions import keep_draft
from evaluations.judgments.items import queue
from evaluations.judgments.judges.visitors import judge_for
from evaluations.judgments.models import Draft, Item, Judge

GUEST_DRAFTS_A_DAY = 5000
MOST_TYPED = 300_000  # bytes of one draft
MOST_DRAFTS = 200  # of one judge
MOST_KEPT = 3_000_000  # bytes of all drafts of one judge, as the database stores them
KEPT_FOR = dt.timedelta(days=30)
TOO_LONG = "This is too long to be kept as a draft."


def draft_at(judge: Judge | None, place: str) -> Draft | None:
    """What this judge typed at *place* and did not save yet."""
    return Draft.objects.filter(judge=judge, place=place[:250]).first() if judge else None


def typed_in(draft: Draft | None) -> dict[str, Any]:
    """The draft's fields by name; empty without a draft."""
    return dict(draft.data) if draft is not None else {}


def words_of(judge: Judge | None, undone: uuid.UUID | None) -> dict[str, Any]:
    """What a judge wrote in a form that was just undone: to be corrected, not retyped."""
    if judge is None or undone is None:
        return {}
    of_form = {"form_token": undone}
    # What a form says of the prompt is a second row, without the words.
    judgment = judge.judgments.filter(**of_form).order_by("id").first()
    row = judgment or judge.comparisons.filter(**of_form).first()
    names = ("comment", "confidence", "expected_agreement")
    return {name: getattr(row, name) for name in names if hasattr(row, name)}


def forget_draft(judge: Judge, place: str) -> None:
    Draft.objects.filter(judge=judge, place=place[:250]).delete()


def forget_old_drafts() -> int:
    """Delete drafts that nobody went on with for `KEPT_FOR`; returns how many rows."""
    old = Draft.objects.filter(updated_at__lt=timezone.now() - KEPT_FOR)
    return old.delete()[0]


def too_much(judge: Judge, place: str, size: int) -> tuple[str, int]:
    """Why a judge can keep no draft of *size* bytes there, with a status; empty when they can."""
    stored = Func(F("data"), function="pg_column_size", output_field=IntegerField())
    others = judge.drafts.exclude(place=place[:250]).aggregate(n=Count("pk"), bytes=Sum(stored))
    if others["n"] >= MOST_DRAFTS:
        return f"You have {MOST_DRAFTS} drafts already: save some, or let them end.", 429
    if (others["bytes"] or 0) + size > MOST_KEPT:
        return "Your drafts take up too much space: save some, or shorten this one.", 413
    return "", 200


def kept_draft(
    request: HttpRequest, place: str, item: Item | None, form_token: uuid.UUID | None
) -> JsonResponse:
    """Keep what a form holds and renew the judge's hold on its item.

    Answers with the times of both; 413 for too much text, 429 for too many drafts of one judge,
    or when too much comes from one address. Whether the judge may have the item is for the
    caller to ask.
    """
    size = sum(len(f"{name}{value}".encode()) for name, value in request.POST.items())
    if size > MOST_TYPED:
        return JsonResponse({"problem": TOO_LONG}, status=413)
    of_group = item is not None and item.version.protocol.is_round
    if not (request.user.is_authenticated or of_group) and not take(
        f"guest-drafts:{address_of_the_day(request)}",
        capacity=GUEST_DRAFTS_A_DAY,
        refill_seconds=DAY,
    ):
        return JsonResponse({"problem": "Too many drafts from this address today."}, status=429)
    judge = judge_for(request, form_token)
    if of_group:
        judge.address = ""  # its people may sit behind one: it holds no items for all
    if form_token is not None and any(
        rows.filter(form_token=form_token, withdrawn_at=None).exists()
        for rows in (judge.judgments, judge.comparisons)
    ):
        # It was on its way while the form was saved.
        return JsonResponse({"saved_at": None, "held_until": None, "lease": ""})
    problem, status = too_much(judge, place, size)
    if problem:
        return JsonResponse({"problem": problem}, status=status)
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
