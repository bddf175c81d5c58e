"""How much one person may write in a day, by standing; staff are not counted."""

import math
from typing import Final

from django.http import HttpRequest

from evaluations.accounts.models import User
from evaluations.accounts.standing import (
    ENOUGH_JUDGED,
    ESTABLISHED_AFTER,
    Standing,
    becomes_member,
    standing_of,
)
from evaluations.common.throttle import DAY, address_of_the_day, left_in, take

NEW, MEMBER, ESTABLISHED = Standing

A_DAY: Final = {
    "publish": {NEW: 0, MEMBER: 3, ESTABLISHED: 10},
    "propose": {NEW: 2, MEMBER: 5, ESTABLISHED: 20},
    "begin": {NEW: 3, MEMBER: 10, ESTABLISHED: 20},
    "remark": {NEW: 5, MEMBER: 20, ESTABLISHED: 50},
    "collect": {NEW: 5, MEMBER: 20, ESTABLISHED: 50},
    "show": {NEW: 0, MEMBER: 3, ESTABLISHED: 20},
    "suggest": {NEW: 2, MEMBER: 10, ESTABLISHED: 10},
    "state": {NEW: 2, MEMBER: 5, ESTABLISHED: 15},
    "reword": {NEW: 5, MEMBER: 15, ESTABLISHED: 40},
    "vote": {NEW: 20, MEMBER: 60, ESTABLISHED: 200},
    "flag": {NEW: 3, MEMBER: 10, ESTABLISHED: 10},
}
"""Versions published, amendments proposed, definitions begun, messages about amendments;
collections made, and made public; items suggested for others' collections; statements in debates,
other words for them, and votes on them, to which reactions and stances count; things flagged."""
WORDS: Final = {
    "publish": "publish {} of definitions a day",
    "propose": "propose {} a day",
    "begin": "begin {} a day",
    "remark": "write {} about amendments a day",
    "collect": "make {} a day",
    "show": "make {} public a day",
    "suggest": "suggest {} for others’ collections a day",
    "state": "make {} in debates a day",
    "reword": "reword {} a day",
    "vote": "cast {} in debates a day",
    "flag": "flag {} a day",
}
NOUNS: Final = {
    "publish": "version",
    "propose": "amendment",
    "begin": "definition",
    "remark": "message",
    "collect": "collection",
    "show": "collection",
    "suggest": "item",
    "state": "statement",
    "reword": "statement",
    "vote": "vote",
    "flag": "thing",
}
PUBLISHED_BY_ADDRESS: Final = 10
"""Versions that all accounts at one address may publish in a day."""


def refusal(request: HttpRequest, what: str) -> str:
    """Take one of *what* from the allowance of who asks; why not, in words, where none is left.

    The sentence says the number, the rule and when again. An action that fails in the same
    transaction gives back what was taken.
    """
    user = request.user
    assert isinstance(user, User)
    if user.is_staff:
        return ""
    standing = standing_of(user)
    limit = A_DAY[what][standing]
    if limit == 0:
        return (
            f"A new account cannot {WORDS[what].format(counted(0, what))} yet. You can "
            f"{WORDS[what].format(counted(A_DAY[what][MEMBER], what))} {becomes_member(user)}."
        )
    if not take(f"{what}:{user.pk}", capacity=limit, refill_seconds=DAY):
        return (
            f"As {standing.label} you can {WORDS[what].format(counted(limit, what))}, and have "
            f"done so. One more is possible in {wait(limit)} at the latest.{more(what, standing)}"
        )
    if what == "publish" and not take(
        f"publish-at:{address_of_the_day(request)}",
        capacity=PUBLISHED_BY_ADDRESS,
        refill_seconds=DAY,
    ):
        return (
            f"All accounts at one address together can publish {PUBLISHED_BY_ADDRESS} versions a "
            f"day, and those at yours have. One more is possible in {wait(PUBLISHED_BY_ADDRESS)} "
            "at the latest."
        )
    return ""


def left_today(user: User) -> list[tuple[str, int]]:
    """What an account may do in a day, in words, and how often it may still; nothing for staff, who
    are not counted. One query, and those of standing."""
    if user.is_staff:
        return []
    standing = standing_of(user)
    limits = {what: limit for what, of in A_DAY.items() if (limit := of[standing])}
    keys = {what: f"{what}:{user.pk}" for what in limits}
    left = left_in({keys[what]: limits[what] for what in limits}, refill_seconds=DAY)
    return [
        (WORDS[what].format(counted(limit, what)), left[keys[what]])
        for what, limit in limits.items()
    ]


def seconds_until(user: User, what: str) -> int | None:
    """After how long at most one more is allowed; None where waiting does not help."""
    limit = A_DAY[what][standing_of(user)]
    return math.ceil(DAY / limit) if limit else None


def counted(number: int, what: str) -> str:
    return f"{number or 'any'} {NOUNS[what]}{'' if number == 1 else 's'}"


def wait(limit: int) -> str:
    """How long it takes at most until one more is allowed."""
    minutes = math.ceil(24 * 60 / limit)
    if minutes < 2 * 60:
        return f"{minutes} minutes"
    return f"{math.ceil(minutes / 60)} hours"


def more(what: str, standing: Standing) -> str:
    """How the number grows, as a sentence with a space before; empty where it does not."""
    if standing == ESTABLISHED:
        return ""
    return (
        f" It is {A_DAY[what][ESTABLISHED]} a day once you are here for {ESTABLISHED_AFTER.days} "
        f"days and have judged {ENOUGH_JUDGED} outputs blind."
    )
