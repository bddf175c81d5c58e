"""Allowances: how many, how they fill up again, and what an address is reduced to."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.http import HttpRequest
from pytest_django import Settings

from evaluations.common.models import TokenBucket
from evaluations.common.throttle import address_of_the_day, take


def request_from(address: str) -> HttpRequest:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = address
    return request


def back_date(key: str, seconds: float) -> None:
    bucket = TokenBucket.objects.get(key=key)
    bucket.updated_at -= dt.timedelta(seconds=seconds)
    bucket.save()


@pytest.mark.django_db
def test_a_bucket_gives_its_capacity_and_no_more() -> None:
    assert [take("k", capacity=3, refill_seconds=3600) for _ in range(5)] == [True] * 3 + [
        False
    ] * 2
    assert take("other", capacity=3, refill_seconds=3600)


@pytest.mark.django_db
def test_an_empty_bucket_fills_up_bit_by_bit() -> None:
    for _ in range(4):
        assert take("k", capacity=4, refill_seconds=400)
    back_date("k", 90)
    assert not take("k", capacity=4, refill_seconds=400)
    back_date("k", 20)
    assert take("k", capacity=4, refill_seconds=400)
    assert not take("k", capacity=4, refill_seconds=400)


@pytest.mark.django_db
def test_a_refusal_does_not_put_the_next_token_off() -> None:
    assert take("k", capacity=1, refill_seconds=100)
    for _ in range(3):
        back_date("k", 30)
        assert not take("k", capacity=1, refill_seconds=100)
    back_date("k", 30)
    assert take("k", capacity=1, refill_seconds=100)


@pytest.mark.django_db
def test_a_bucket_never_holds_more_than_its_capacity() -> None:
    assert take("k", capacity=2, refill_seconds=10)
    back_date("k", 10_000)
    assert [take("k", capacity=2, refill_seconds=10) for _ in range(3)] == [True, True, False]


@pytest.mark.django_db
def test_a_capacity_of_nothing_gives_nothing() -> None:
    assert not take("k", capacity=0, refill_seconds=10)
    assert not take("k", capacity=0, refill_seconds=10)


@pytest.mark.django_db(transaction=True)
def test_eight_takers_at_once_get_no_more_than_there_is() -> None:
    taken: list[bool] = []
    start = threading.Barrier(8)

    def taker() -> None:
        try:
            start.wait()
            for _ in range(10):
                taken.append(take("k", capacity=25, refill_seconds=10**9))
        finally:
            connection.close()

    threads = [threading.Thread(target=taker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 80
    assert sum(taken) == 25


def test_an_address_is_another_word_the_next_day_and_under_another_key(
    settings: Settings,
) -> None:
    request = request_from("203.0.113.7")
    monday, tuesday = dt.date(2026, 1, 5), dt.date(2026, 1, 6)
    word = address_of_the_day(request, monday)
    assert word == address_of_the_day(request, monday)
    assert word != address_of_the_day(request, tuesday)
    assert address_of_the_day(request) == address_of_the_day(
        request, dt.datetime.now(dt.UTC).date()
    )
    settings.SECRET_KEY = "another"
    assert word != address_of_the_day(request, monday)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("", "unix:", True),
    ],
)
def test_an_ipv4_address_counts_alone_and_an_ipv6_address_by_its_64(
    one: str, other: str, same: bool
) -> None:
    day = dt.date(2026, 1, 5)
    words = [address_of_the_day(request_from(address), day) for address in (one, other)]
    assert (words[0] == words[1]) is same
