r"""Expressions in LaTeX: is the answer equal to the reference, as algebra has it?

By the library math-verify 0.9.0, which is not among the requirements of this site: what it needs
stands in requirements-graders.txt. It takes "1,5" for 1.5 and 25 for 25%, so plain numbers are
refused: `numeric` is for those. Some expressions take it for ever: it works in a process of its
own, which is killed after six seconds, and then nothing is said about the answer.
"""

import re
from typing import Final

from evaluations.grading import numeric
from evaluations.grading.apart import PROCESSES, Refused
from evaluations.grading.grade import Grade, NotGraded, UnusableReference, right, wrong
from evaluations.grading.parameters import NONE, Parameters
from evaluations.grading.statement import Statement, readings

VERSION: Final = 1
SECONDS: Final = 6.0
LONGEST: Final = 2_000
# The library takes words for products of their letters.
_WORDS: Final = re.compile(r"[\w\s,.;:!?'’-]*[^\W\d_]{3}[\w\s,.;:!?'’-]*")
PARAMETERS: Final = ()


def check_reference(reference: str, parameters: Parameters) -> None:
    """Raise UnusableReference for a plain number, and for what is no expression."""
    try:
        numeric.check_reference(reference, NONE)
    except UnusableReference:
        pass
    else:
        if not any(sign in reference for sign in ("\\", "^", "_")):
            raise UnusableReference(
                f"the reference {reference!r} is a plain number, which the grader 'numeric' reads "
                "better"
            )
    if _WORDS.fullmatch(reference) or _verified(reference, [reference]) is None:
        raise UnusableReference(f"the reference {reference!r} is no expression")


def grade(stated: Statement, reference: str, parameters: Parameters) -> Grade:
    """1 if the answer states an expression equal to the reference's, else 0.

    Raises TimedOut where that was not known at the limit.
    """
    texts = [text[:LONGEST] for text in readings(stated, raw=True)]
    found = _verified(reference, texts)
    if isinstance(found, str):
        return right(found[:200], f"equal to {reference[:100]}")
    return wrong(texts[0][:200], f"not equal to {reference[:100]}")


def _verified(reference: str, texts: list[str]) -> str | bool | None:
    try:
        found: str | bool | None = PROCESSES["math-verify"].ask(
            SECONDS, reference=reference, texts=texts
        )
    except Refused as error:
        raise NotGraded(str(error)) from error
    return found
