"""What a grader can be told beside the reference, and whether what it is told can be used."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple

from evaluations.grading.grade import BadParameters

Kind = Literal["text", "number", "whole", "flag", "choice", "object", "list"]
Parameters = Mapping[str, Any]

NONE: Final[Parameters] = {}
LONGEST_TEXT: Final = 500
LARGEST: Final = 10**12
MOST_IN_A_LIST: Final = 50
_CALLED: Final = {
    "text": "a text that is not empty",
    "number": "a number from 0 on",
    "whole": "a whole number from 0 on",
    "flag": "true or false",
    "object": "a JSON object",
    "list": f"a list of 1 to {MOST_IN_A_LIST}",
}


class Parameter(NamedTuple):
    """One thing that a grader can be told; without a `default` it must be."""

    name: str
    kind: Kind
    help: str
    default: Any = None
    choices: tuple[str, ...] = ()
    required: bool = False

    @property
    def takes(self) -> str:
        """What it can be, in words."""
        return f"one of {', '.join(self.choices)}" if self.choices else _CALLED[self.kind]


def checked(given: Parameters, known: Sequence[Parameter], of: str = "") -> dict[str, Any]:
    """The parameters with the defaults of those that were not given.

    Args:
        of: what they belong to, in front of a refusal.

    Raises:
        BadParameters: for one that is unknown, lacking, or not what it must be.
    """
    names = [each.name for each in known]
    for name in given:
        if name not in names:
            there = f"there are {', '.join(names)}" if names else "there is none"
            raise BadParameters(f"{of}no parameter is called {name!r}; {there}")
    found = {}
    for each in known:
        if each.name in given:
            if not _fits(given[each.name], each):
                raise BadParameters(f"{of}{each.name!r} must be {each.takes}")
            found[each.name] = given[each.name]
        elif each.required:
            raise BadParameters(f"{of}{each.name!r} is lacking: {each.takes}")
        else:
            found[each.name] = each.default
    return found


def exactly(value: float | str) -> Fraction:
    """A number as it was written: 0.1 is a tenth."""
    return Fraction(str(value))


def _fits(value: Any, known: Parameter) -> bool:
    if known.choices:
        return isinstance(value, str) and value in known.choices
    match known.kind:
        case "text":
            return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT
        case "flag":
            return isinstance(value, bool)
        case "whole":
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST
        case "number":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return number and 0 <= value <= LARGEST
        case "object":
            return isinstance(value, dict)
        case _:
            return isinstance(value, list) and 1 <= len(value) <= MOST_IN_A_LIST
