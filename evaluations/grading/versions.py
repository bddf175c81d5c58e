"""Which versions graded, in words."""

from collections.abc import Iterable
from typing import NamedTuple


class Versions(NamedTuple):
    """A grader, its version and that of finding answers; None where they were not kept."""

    grader: str
    grader_version: int | None
    answer_version: int | None


def in_words(versions: Iterable[Versions]) -> str:
    """As in “choice 2, numeric 3 · answers found by 2”, the newest first; empty for none."""
    by_answer: dict[int, list[tuple[str, int]]] = {}
    for grader, number, answer in set(versions):
        by_answer.setdefault(answer or 0, []).append((grader, number or 0))
    return "; ".join(
        ", ".join(f"{name} {number or 'of an unknown version'}" for name, number in sorted(graders))
        + f" · answers found by {answer or 'an unknown version'}"
        for answer, graders in sorted(by_answer.items(), reverse=True)
    )
