"""Showing others' answers to who asks for them: recorded, and for guests within limits."""

from collections.abc import Iterable
from typing import Final

from django.http import HttpRequest

from evaluations.common.throttle import DAY, address_of_the_day, take
from evaluations.judgments.answers.actions import reveal_answers
from evaluations.judgments.judges.visitors import judge_for
from evaluations.runs.models import Output

GUEST_REVEALS_A_DAY: Final = 200


def reveal_to(request: HttpRequest, outputs: Iterable[Output]) -> str:
    """Record that the visitor is shown what others found of outputs; why not, where they are not.

    What they judge of these outputs afterwards is not blind.
    """
    for shown in outputs:
        if not request.user.is_authenticated and not take(
            f"guest-reveals:{address_of_the_day(request)}",
            capacity=GUEST_REVEALS_A_DAY,
            refill_seconds=DAY,
        ):
            return "Guests at one address were shown many answers today. Sign in to see more."
        reveal_answers(judge=judge_for(request), output=shown)
    return ""
