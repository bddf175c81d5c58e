"""How much one person may write about definitions in a day; staff are not counted."""

import math
from typing import Final

from evaluations.accounts.models import User
from evaluations.common.throttle import DAY, take

A_DAY: Final = {"found": 20, "publish": 20, "propose": 20, "remark": 50}
"""Definitions begun, versions published, amendments proposed, and messages about amendments."""


def allowed(user: User, what: str) -> bool:
    """Whether somebody may do one more of these today; takes it from the allowance."""
    return bool(user.is_staff) or take(
        f"{what}:{user.pk}", capacity=A_DAY[what], refill_seconds=DAY
    )


def wait_words(what: str) -> str:
    """When one more is allowed, as the end of a sentence."""
    return f"again in about {math.ceil(24 * 60 / A_DAY[what])} minutes"
