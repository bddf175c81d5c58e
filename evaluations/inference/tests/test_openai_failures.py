"""Waits, refusals and addresses, by themselves."""

import datetime as dt

import pytest

from evaluations.inference.backends.openai_addresses import may_be_called
from evaluations.inference.backends.openai_failures import (
    Again,
    GiveUp,
    Pause,
    asked_to_wait,
    verdict_on,
)

NOW = dt.datetime(2026, 11, 29, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "9"}, 9.0),
        ({"retry-after": "Sun, 29 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 29 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "soon", "retry-after": "3"}, 3.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Sun, 29 Nov 2026 12:00:00 +99999999999999999999"}, None),
        ({}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_to_wait(headers, NOW) == seconds


def test_waits_double_are_spread_and_end() -> None:
    def wait(tries: int, chance: float) -> object:
        return verdict_on(503, {}, tries, NOW, chance=chance)

    assert [wait(n, 1.0) for n in (1, 2, 3, 5)] == [Again(0.5), Again(1), Again(2), Again(8)]
    assert wait(1, 0.0) == Again(0.25)
    assert wait(6, 1.0) == GiveUp(final=False)
    assert verdict_on(0, {}, 6, NOW, chance=1) == Pause(300.0)
    assert verdict_on(0, {}, 6, NOW, chance=1, answers_others=True) == GiveUp(final=False)
    assert verdict_on(429, {}, 6, NOW, chance=1, answers_others=True) == Pause(300.0)
    assert verdict_on(429, {"retry-after": "121"}, 1, NOW, chance=1) == Pause(121.0)
    assert verdict_on(429, {"retry-after": "120"}, 1, NOW, chance=1) == Again(120.0)
    assert verdict_on(401, {}, 1, NOW, chance=1) == Pause(None)
    assert verdict_on(418, {}, 1, NOW, chance=1) == GiveUp(final=True)


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("127.0.0.1", False, True),
        ("10.1.2.3", False, True),
        ("192.168.0.9", False, True),
        ("100.64.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("64:ff9b::a00:1", False, True),
        ("2002:7f00:1::", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
    ],
)
def test_which_addresses_are_called(address: str, public: bool, private: bool) -> None:
    assert may_be_called(address, private=False) is public
    assert may_be_called(address, private=True) is private
