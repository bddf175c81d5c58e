"""What becomes of a guest's judgment: counted, held back, or not checked. None is dropped.

Anybody may judge without an account, so an address gets an allowance a day. What goes beyond it
is stored and held back until its judge signs up; only a multiple of it is refused.
"""

import math
import uuid

from django.conf import settings
from django.http import HttpRequest

from evaluations.common.throttle import address_of_the_day, take
from evaluations.judgments.judges.visitors import guest_key
from evaluations.judgments.models import Comparison, GuestCheck, Item, Judgment

HELD_BACK_ALLOWANCES = 2
"""How many more allowances an address may send that are held back."""


class GuestRefused(Exception):
    """This address sent too much today; the message says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def takes_guests() -> bool:
    """Whether this site takes judgments from people without an account."""
    return settings.GUEST_JUDGMENTS_A_DAY > 0


def check_guest(
    request: HttpRequest, form_token: uuid.UUID, item: Item | None = None
) -> GuestCheck:
    """Take one judgment from the allowance of the visitor's address.

    A form that this guest saved already, and only sends again, takes nothing and stays what it
    was.

    Within `GUEST_JUDGMENTS_A_DAY` it is counted, up to three times that it is held back. When
    the address cannot be determined it could not be checked: all such visitors share one
    allowance of three times the usual size. A signed-in person is counted, and nothing is taken.

    Args:
        item: where it is a round's, nothing is taken: its people share an address, and who got
            past its gate is one of them. Not where the site takes no judgments of guests.

    Raises:
        GuestRefused: beyond that; the message says what to do.
    """
    if request.user.is_authenticated:
        return GuestCheck.COUNTED
    if (saved := check_of_saved(guest_key(request, form_token), form_token)) is not None:
        return saved
    allowance = settings.GUEST_JUDGMENTS_A_DAY
    if takes_guests() and item is not None and item.version.protocol.is_round:
        return GuestCheck.COUNTED
    address = address_of_the_day(request)
    if address == address_of_the_day(HttpRequest()):
        if taken(f"guests-without-address:{address}", (1 + HELD_BACK_ALLOWANCES) * allowance):
            return GuestCheck.COULD_NOT_CHECK
    elif taken(f"guest-judgments:{address}", allowance):
        return GuestCheck.COUNTED
    elif taken(f"guest-judgments-held:{address}", HELD_BACK_ALLOWANCES * allowance):
        return GuestCheck.HELD_BACK
    if not takes_guests():
        raise GuestRefused(
            "This site takes judgments from people with an account only. Sign up or sign in to "
            "save this one: what you typed is kept on this page."
        )
    raise GuestRefused(
        "Guests at your address saved as many judgments today as one address may. Sign up or "
        "sign in to save this one, or come back tomorrow: what you typed is kept on this page, "
        "and all that you saved comes along."
    )


def check_of_saved(key: str, form_token: uuid.UUID) -> GuestCheck | None:
    """How a guest's form was checked when it was saved; None where it was not. Two queries."""
    for model in (Judgment, Comparison):
        found = model._default_manager.filter(form_token=form_token, judge__guest_key=key)
        check = found.values_list("guest_check", flat=True).first()
        if check is not None:
            return GuestCheck(check)
    return None


def taken(key: str, capacity: int) -> bool:
    """Take one of *capacity*. A key is one day's, so nothing flows back into it."""
    return take(key, capacity=capacity, refill_seconds=math.inf)


def check_in_words(check: str) -> str:
    """What to tell the guest about a check; empty where the judgment is counted."""
    if check == GuestCheck.HELD_BACK:
        return (
            "Your judgment is saved, and held back: guests at your address sent more than a "
            "day's allowance. It counts as soon as you sign up or sign in in this browser."
        )
    if check == GuestCheck.COULD_NOT_CHECK:
        return (
            "Your judgment is saved, but your address could not be checked, so it is not counted "
            "yet. It counts as soon as you sign up or sign in in this browser."
        )
    return ""
