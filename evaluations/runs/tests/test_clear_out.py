"""What the sweep clears out: allowances that are full again and sessions that ran out."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from evaluations.common.models import TokenBucket
from evaluations.runs.models import Response
from evaluations.runs.tasks import sweep
from tests.cast import make_output

pytestmark = pytest.mark.django_db


def old_rows(number: int) -> None:
    now = timezone.now()
    for name, age in (("old", 49), ("new", 47)):
        TokenBucket.objects.create(
            key=f"{name}-{number}", tokens=0, updated_at=now - dt.timedelta(hours=age)
        )
        Session.objects.create(
            session_key=f"{name}-{number}",
            session_data="",
            expire_date=now + dt.timedelta(hours=48 - age),
        )


def left() -> tuple[set[str], set[str]]:
    return (
        set(TokenBucket.objects.exclude(key="clear-out").values_list("key", flat=True)),
        set(Session.objects.values_list("session_key", flat=True)),
    )


def test_what_servers_wrote_goes_after_thirty_days_and_what_they_counted_stays() -> None:
    for age in (31, 29):
        Response.objects.create(
            output=make_output(),
            usage={"total_tokens": age},
            body="{}",
            created_at=timezone.now() - dt.timedelta(days=age),
        )
    sweep()
    left = Response.objects.order_by("pk").values_list("usage__total_tokens", "body")
    assert list(left) == [(31, ""), (29, "{}")]


def test_old_rows_go_once_an_hour() -> None:
    old_rows(1)
    sweep()
    assert left() == ({"new-1"}, {"new-1"})
    old_rows(2)
    sweep()
    assert left() == ({"new-1", "old-2", "new-2"}, {"new-1", "old-2", "new-2"})
    bucket = TokenBucket.objects.get(key="clear-out")
    bucket.updated_at -= dt.timedelta(minutes=61)
    bucket.save()
    sweep()
    assert left() == ({"new-1", "new-2"}, {"new-1", "new-2"})
