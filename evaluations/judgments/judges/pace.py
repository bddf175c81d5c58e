"""How many forms one judge may save a minute and a day: far more than anybody can read."""

import math

from evaluations.common.throttle import DAY, take
from evaluations.judgments.models import Judge

LIMITS = ((20, 60, "minute"), (1000, DAY, "day"))
"""Forms, in so many seconds, and what these are called. They flow back one by one."""


class TooFast(Exception):
    """This judge saved too many forms just now; `sentence` says how many may be, and when again:
    in so many `seconds`."""

    def __init__(self, sentence: str, seconds: int) -> None:
        super().__init__(sentence)
        self.sentence, self.seconds = sentence, seconds


def check_pace(judge: Judge | None) -> None:
    """Take one form from what a judge may save; nobody's first form takes anything.

    Raises:
        TooFast: when nothing is left.
    """
    if judge is None:
        return
    for forms, seconds, name in LIMITS:
        if not take(f"forms-a-{name}:{judge.pk}", capacity=forms, refill_seconds=seconds):
            again = math.ceil(seconds / forms)
            raise TooFast(
                f"You saved {forms:,} forms within a {name}, as many as one judge may. Save this "
                f"one again in {again} seconds: what you typed is kept on this page.",
                again,
            )
