"""Guests: an allowance an address and day, three states, nothing dropped without a word."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from evaluations.common.models import TokenBucket
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.judges.guest_checks import GuestRefused, check_guest, check_in_words
from evaluations.judgments.judges.visitors import GUEST_KEY
from evaluations.judgments.models import GuestCheck, Judge
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_judge,
    make_output,
    make_user,
)

pytestmark = pytest.mark.django_db

HOME = "203.0.113.5"


@pytest.fixture(autouse=True)
def allowance(settings: Settings) -> None:
    settings.GUEST_JUDGMENTS_A_DAY = 2
    settings.TLS = False


def sent(
    address: str | None = HOME, user: Any = None, guest: Judge | None = None, **headers: str
) -> HttpRequest:
    request = RequestFactory().post("/judge/1/", **headers)
    request.META["REMOTE_ADDR"] = address
    request.user = user or AnonymousUser()
    request.session = SessionStore()
    if guest is not None:
        request.session[GUEST_KEY] = str(guest.guest_key)
    return request


def check(request: HttpRequest) -> GuestCheck:
    """The check of a form of its own."""
    return check_guest(request, uuid.uuid4())


def test_within_the_allowance_then_held_back_then_refused() -> None:
    checks = [check(sent()) for _ in range(6)]
    assert checks == [GuestCheck.COUNTED] * 2 + [GuestCheck.HELD_BACK] * 4
    with pytest.raises(GuestRefused) as refused:
        check(sent())
    assert "Sign up or sign in" in refused.value.sentence
    assert "kept" in refused.value.sentence
    assert check(sent("203.0.113.6")) == GuestCheck.COUNTED


def test_nothing_flows_back_within_the_day() -> None:
    for _ in range(2):
        check(sent())
    TokenBucket.objects.update(updated_at=timezone.now() - dt.timedelta(hours=23))
    assert check(sent()) == GuestCheck.HELD_BACK


@pytest.mark.parametrize("address", ["", None, "unix:", "localhost"])
def test_without_an_address_it_could_not_be_checked_and_is_bounded(address: str | None) -> None:
    for _ in range(6):
        assert check(sent(address)) == GuestCheck.COULD_NOT_CHECK
    with pytest.raises(GuestRefused):
        check(sent(address))
    assert check(sent()) == GuestCheck.COUNTED


def test_behind_a_proxy_the_address_that_the_proxy_wrote_is_checked(settings: Settings) -> None:
    settings.TLS = True
    forged = {"HTTP_X_FORWARDED_FOR": f"198.51.100.1, {HOME}"}
    assert [check(sent("127.0.0.1", **forged)) for _ in range(3)][-1] == GuestCheck.HELD_BACK
    unreadable = {"HTTP_X_FORWARDED_FOR": f"{HOME}, nobody"}
    assert check(sent(HOME, **unreadable)) == GuestCheck.COULD_NOT_CHECK


def test_a_signed_in_person_is_counted_and_takes_nothing() -> None:
    person = make_user()
    assert {check(sent(user=person)) for _ in range(9)} == {GuestCheck.COUNTED}
    assert not TokenBucket.objects.exists()


def test_no_allowance_keeps_guests_out(settings: Settings) -> None:
    settings.GUEST_JUDGMENTS_A_DAY = 0
    for address in (HOME, ""):
        with pytest.raises(GuestRefused, match="people with an account only"):
            check(sent(address))


def test_no_bucket_holds_an_address() -> None:
    for address in (HOME, ""):
        check(sent(address))
    assert not any("203" in bucket.key for bucket in TokenBucket.objects.all())


def test_the_guest_is_told_unless_it_is_counted() -> None:
    assert check_in_words(GuestCheck.COUNTED) == ""
    assert "held back" in check_in_words(GuestCheck.HELD_BACK)
    assert "could not be checked" in check_in_words(GuestCheck.COULD_NOT_CHECK)


def test_a_form_that_is_sent_twice_takes_from_the_allowance_once() -> None:
    make_criterion("one")
    token, guest = uuid.uuid4(), make_judge("guest")
    assert check_guest(sent(), token) == GuestCheck.COUNTED
    give(guest, make_output(), {"one": "yes"}, form_token=token)
    assert {check_guest(sent(guest=guest), token) for _ in range(9)} == {GuestCheck.COUNTED}
    assert [check(sent()) for _ in range(2)] == [GuestCheck.COUNTED, GuestCheck.HELD_BACK]


def test_a_form_that_was_held_back_stays_so_when_it_is_sent_again() -> None:
    make_criterion("one")
    token, guest = uuid.uuid4(), make_judge("guest")
    served = Served(guest_check=GuestCheck.HELD_BACK)
    give(guest, make_output(), {"one": "yes"}, form_token=token, served=served)
    assert check_guest(sent(guest=guest), token) == GuestCheck.HELD_BACK


def test_the_token_of_another_guests_form_is_no_way_round_the_allowance() -> None:
    make_criterion("one")
    token = uuid.uuid4()
    give(make_judge("guest"), make_output(), {"one": "yes"}, form_token=token)
    checks = [check_guest(sent(guest=make_judge("guest")), token) for _ in range(6)]
    assert checks == [GuestCheck.COUNTED] * 2 + [GuestCheck.HELD_BACK] * 4
    with pytest.raises(GuestRefused):
        check_guest(sent(guest=make_judge("guest")), token)
