"""A task of reasoning-gym: what score does the library's own verifier give?

The task is made again from its name, seed, index and options, and its verifier is asked, which
may give part of a point. The library is not among the requirements of this site: it stands in
requirements-graders.txt. Its verifiers evaluate what models write, so they work in a process of
their own, which is killed after six seconds. The reference is the answer that the task came with.
"""

from typing import Final

from evaluations.grading.apart import PROCESSES, Refused
from evaluations.grading.grade import BadParameters, Grade, NotGraded
from evaluations.grading.parameters import Parameter, Parameters
from evaluations.grading.statement import Statement, readings

VERSION: Final = 1
SECONDS: Final = 6.0
LONGEST: Final = 10_000
LARGEST_INDEX: Final = 100_000
PARAMETERS: Final = (
    Parameter("task", "text", "its name, such as knights_knaves", required=True),
    Parameter("seed", "whole", "with which the task was made", required=True),
    Parameter("index", "whole", "its number among those of the seed, from 0", 0),
    Parameter("config", "object", "the options with which it was made", {}),
    Parameter("version", "text", "of reasoning-gym, with which it was made", ""),
)


def check_reference(reference: str, parameters: Parameters) -> None:
    """Raise BadParameters where the library does not make this task."""
    if parameters["index"] > LARGEST_INDEX:
        raise BadParameters(f"'index' must be at most {LARGEST_INDEX:,}")
    try:
        _score([], parameters)
    except Refused as error:
        raise BadParameters(str(error)) from error


def grade(stated: Statement, reference: str, parameters: Parameters) -> Grade:
    """The score that the task's verifier gives; raises TimedOut where it gave none in time."""
    texts = [text[:LONGEST] for text in readings(stated)]
    try:
        score = _score(texts, parameters)
    except Refused as error:
        raise NotGraded(str(error)) from error
    return Grade(score, texts[0][:200], f"{score:g} by the verifier of {parameters['task']}")


def _score(texts: list[str], parameters: Parameters) -> float:
    asked = {name: parameters[name] for name in ("task", "seed", "index", "config")}
    return float(
        PROCESSES["reasoning-gym"].ask(SECONDS, texts=texts, made_by=parameters["version"], **asked)
    )
