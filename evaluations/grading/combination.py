"""Several graders at once: all of them, any of them, or their mean.

Each part has a grader of its own with its reference and parameters. The reference of the whole is
one answer that is right by all parts (by any, where one is enough). A part that could not be
graded leaves the whole without a grade, unless the others settle it.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from evaluations.grading.grade import BadParameters, Grade, NotGraded
from evaluations.grading.parameters import Parameter, Parameters, checked

NAME: Final = "combination"
VERSION: Final = 1
MOST_PARTS: Final = 10
PARAMETERS: Final = (
    Parameter(
        "parts", "list",
        'objects with "grader", "reference", and, where wanted, "parameters" and "weight"',
        required=True,
    ),
    Parameter("how", "choice", "what the whole is worth", "all", ("all", "any", "mean")),
)  # fmt: skip
_PART: Final = (
    Parameter("grader", "text", "the name of a grader", required=True),
    Parameter("reference", "text", "its right answer", required=True),
    Parameter("parameters", "object", "what else it is told", {}),
    Parameter("weight", "number", "how much it counts in a mean", 1),
)


class Part(NamedTuple):
    grader: str
    reference: str
    parameters: dict[str, Any]
    weight: float


def parts_of(parameters: Parameters) -> list[Part]:
    """The parts; raises BadParameters for one that is none."""
    given = parameters["parts"]
    if len(given) > MOST_PARTS:
        raise BadParameters(f"there may be at most {MOST_PARTS} parts")
    found = []
    for number, told in enumerate(given, start=1):
        if not isinstance(told, dict):
            raise BadParameters(f"part {number} is no object")
        part = Part(**checked(told, _PART, f"in part {number}: "))
        if part.grader == NAME:
            raise BadParameters(f"part {number} is a combination itself")
        found.append(part)
    if not sum(part.weight for part in found):
        raise BadParameters("all weights are 0")
    return found


def joined(parts: Sequence[Part], grades: Sequence[Grade | NotGraded], how: str) -> Grade:
    """The grade of the whole; raises NotGraded where a part without one could change it."""
    found = [one for one in grades if isinstance(one, Grade)]
    missing = next((one for one in grades if isinstance(one, NotGraded)), None)
    scores = [one.score for one in found]
    settled = (how == "all" and 0.0 in scores) or (how == "any" and 1.0 in scores)
    if missing is not None and not settled:
        raise missing
    match how:
        case "all":
            score = min(scores)
        case "any":
            score = max(scores)
        case _:
            weights = [part.weight for part in parts]
            total = sum(weight * one for weight, one in zip(weights, scores, strict=True))
            score = min(1.0, total / sum(weights))
    deciding = next((one for one in found if one.score == score), found[0])
    said = "; ".join(
        f"{part.grader}: {one.note if isinstance(one, Grade) else f'not graded, {one}'}"
        for part, one in zip(parts, grades, strict=True)
    )
    return Grade(score, deciding.extracted, said)
