"""A grader tried on replies that it must accept and replies that it must refuse."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from evaluations.grading import GradingError, NotGraded, grade_reply

MOST_REPLIES: Final = 20
LONGEST_REPLY: Final = 4_000
SECONDS: Final = 15.0
"""After that the rest is not tried: somebody waits for the page, and others for the server."""
BETWEEN: Final = "---"
"""A line between two replies."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What a grader says of one reply: the text before, in and behind the span, and why.

    `score` is None where it was not graded; `is_as_it_must` then is, too.
    """

    must: bool
    before: str
    found: str
    behind: str
    how: str
    score: float | None
    note: str

    @property
    def is_as_it_must(self) -> bool | None:
        return None if self.score is None else (self.score == 1.0) is self.must


def replies_in(text: str) -> list[str]:
    """The replies of a text, which lines of nothing but dashes divide."""
    replies: list[list[str]] = [[]]
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.strip() == BETWEEN:
            replies.append([])
        else:
            replies[-1].append(line)
    return [reply for lines in replies if (reply := "\n".join(lines).strip("\n")).strip()]


def tried(
    grader: str,
    reference: str,
    parameters: Mapping[str, Any],
    strategy: str,
    replies: Iterable[tuple[str, bool]],
) -> list[Tried]:
    """What the grader says of each reply, beside whether it must accept it."""
    until = time.monotonic() + SECONDS
    found = []
    for text, must in replies:
        if time.monotonic() > until:
            found.append(not_tried(text, must, "not tried: the ones before took too long"))
            continue
        try:
            made = grade_reply(grader, text, strategy, reference, parameters)
        except NotGraded as why:
            found.append(not_tried(text, must, f"not graded: {why}"))
        except GradingError as why:
            found.append(not_tried(text, must, str(why)))
        else:
            span = made.span
            found.append(
                Tried(
                    must=must,
                    before=text[: span.start],
                    found=text[span.start : span.end],
                    behind=text[span.end :],
                    how=span.how,
                    score=made.score,
                    note=made.note,
                )
            )
    return found


def not_tried(text: str, must: bool, note: str) -> Tried:
    return Tried(must=must, before=text, found="", behind="", how="", score=None, note=note)
