"""How fast a judge may save, and what the site drew for them apart from what they opened."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.models import TokenBucket
from evaluations.common.throttle import DAY
from evaluations.judgments.judges import pace
from evaluations.judgments.loop.tests.judged import Judged
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import make_user
from evaluations.judgments.tests.form import hidden_fields, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (((2, 60, "minute"), (9, DAY, "day")), "2 forms within a minute, as many as one judge may. "
         "Save this one again in 30 seconds"),
        (((9, 60, "minute"), (2, DAY, "day")), "2 forms within a day, as many as one judge may. "
         "Save this one again in 43200 seconds"),
    ],
)  # fmt: skip
def test_who_is_too_fast_is_told_the_number_and_when_again(
    client: Client, judged: Judged, monkeypatch: pytest.MonkeyPatch, limits: Any, told: str
) -> None:
    monkeypatch.setattr(pace, "LIMITS", limits)
    client.force_login(make_user())
    client.get(judged.url)
    Judge.objects.get_or_create(user=User.objects.get(), kind="person")
    for saved in (1, 2):
        form = judged.filled(client, comment=f"number {saved}")
        assert client.post(judged.url, form).status_code == 303
    response = client.post(judged.url, judged.filled(client, comment="kept words"))
    assert response.status_code == 429
    assert told in text_of(response)
    assert ">kept words</textarea>" in text_of(response)
    TokenBucket.objects.update(updated_at=timezone.now() - dt.timedelta(hours=13))
    assert client.post(judged.url, judged.filled(client)).status_code == 303


def saved_as(client: Client, judged: Judged, address: str, *, comment: str = "") -> str:
    """How what this browser saves at an address came to its judge."""
    page = client.get(address, follow=True)
    url = page.redirect_chain[-1][0] if page.redirect_chain else address
    form = {**hidden_fields(page), **judged.fields, "comment": comment}
    assert client.post(url, form).status_code == 303
    way: str = judged.rows().order_by("-id").first().way
    told = 'id="chosen"' in text_of(page)
    assert told == (way == "chosen")
    return way


@pytest.mark.parametrize("is_guest", [True, False])
def test_what_the_site_drew_is_served_and_what_is_opened_is_chosen(
    judged: Judged, is_guest: bool
) -> None:
    drawn = "/judge/?protocol=small"
    here, there, other = Client(), Client(), Client()
    if not is_guest:
        for browser in (here, there):
            browser.force_login(User.objects.get_or_create(username="ada")[0])
        other.force_login(make_user("bo"))
    looked = Client()
    looked.get(drawn, follow=True)
    assert is_guest != Session.objects.exists(), "who only looks gets no session"
    assert saved_as(other, judged, judged.url) == "chosen"
    address = here.get(drawn, follow=True).redirect_chain[-1][0]
    assert saved_as(here, judged, drawn) == "served"
    if not is_guest:
        # Another browser of the same person, which drew nothing.
        assert saved_as(there, judged, address, comment="a correction") == "served"
    page = here.get(drawn, follow=True)
    if hidden_fields(page):
        assert saved_as(here, judged, drawn) == "served", "and so is what comes next"


def test_what_comes_after_a_skip_is_served_too(client: Client, judged: Judged) -> None:
    page = client.get("/judge/?protocol=small", follow=True)
    left = client.post(page.context["skip_url"], follow=True)
    if hidden_fields(left):
        assert saved_as(client, judged, left.redirect_chain[-1][0]) == "served"


def test_a_cookie_that_the_site_did_not_sign_serves_nothing(judged: Judged) -> None:
    forger = Client()
    forger.cookies["served"] = f"{judged.url}:made-up"
    assert saved_as(forger, judged, judged.url) == "chosen"


def test_a_copied_cookie_serves_one_judge_alone(judged: Judged) -> None:
    drawn = Client()
    address = drawn.get("/judge/?protocol=small", follow=True).redirect_chain[-1][0]
    ways = []
    for browser in (Client(), Client()):
        browser.cookies["served"] = drawn.cookies["served"].value
        form = {**hidden_fields(browser.get(address)), **judged.fields}
        assert browser.post(address, form).status_code == 303
        ways.append(judged.rows().order_by("-id").first().way)
    assert ways == ["served", "chosen"]
