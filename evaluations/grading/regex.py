r"""A pattern: does the answer have the form that was asked for?

Python's regular expressions. Tried are the statement of the answer, its first line and its first
sentence, as they stand, without decoration, and without a stop at the end; the whole of one of
them must match, or, where `whole` is false, some part of it. The reference is an example that the
pattern matches. A pattern can run for ever: it is tried in a process of its own for two seconds.
"""

from typing import Final

from evaluations.grading.apart import PROCESSES, Refused
from evaluations.grading.grade import BadParameters, Grade, NotGraded, right, wrong
from evaluations.grading.parameters import Parameter, Parameters
from evaluations.grading.statement import Statement, readings

VERSION: Final = 1
SECONDS: Final = 2.0
LONGEST: Final = 10_000
PARAMETERS: Final = (
    Parameter("pattern", "text", "a regular expression of Python", required=True),
    Parameter("whole", "flag", "whether it must match the whole answer", True),
    Parameter("ignore_case", "flag", "whether capitals count as small letters", False),
)


def check_reference(reference: str, parameters: Parameters) -> None:
    """Raise BadParameters where the pattern cannot be read."""
    try:
        PROCESSES["regex"].ask(SECONDS, texts=[], **parameters)
    except Refused as error:
        raise BadParameters(str(error)) from error


def grade(stated: Statement, reference: str, parameters: Parameters) -> Grade:
    """1 if the pattern matches the answer, else 0.

    Raises TimedOut where it was still running at the limit.
    """
    texts = [text[:LONGEST] for text in readings(stated)]
    try:
        found = PROCESSES["regex"].ask(SECONDS, texts=texts, **parameters)
    except Refused as error:
        raise NotGraded(str(error)) from error
    if found is None:
        return wrong(texts[0][:200], "the pattern does not match")
    return right(found[:200], "the pattern matches")
