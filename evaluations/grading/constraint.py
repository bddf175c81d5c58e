"""Constraints: does the answer keep every rule that the prompt set it?

For prompts with many right answers, such as "a sentence of seven words without the letter e". The
reference is one answer that keeps all of them. Read is the whole statement of the answer, in
plain words; a number is found in it as by `numeric`.
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

from evaluations.grading import numeric
from evaluations.grading.grade import BadParameters, Grade
from evaluations.grading.parameters import Parameter, Parameters, checked, exactly
from evaluations.grading.statement import Statement, plain_sentences, undecorated

VERSION: Final = 1 + numeric.VERSION
PARAMETERS: Final = (
    Parameter(
        "rules", "list",
        'objects with a "rule" and what it takes, such as {"rule": "words", "most": 7}',
        required=True,
    ),
    Parameter(
        "credit", "choice", "whether a part of the rules is worth a part of the point", "all",
        ("all", "share"),
    ),
)  # fmt: skip
_BOUNDS: Final = (
    Parameter("least", "whole", "how many there must be at least"),
    Parameter("most", "whole", "how many there may be at most"),
)
_TEXT: Final = Parameter("text", "text", "without regard to case", required=True)


class Rule(NamedTuple):
    takes: tuple[Parameter, ...]
    keeps: Callable[[str, Statement, Mapping[str, Any]], bool]


def _count(counted: Callable[[str], int]) -> Rule:
    return Rule(_BOUNDS, lambda text, stated, told: _within(counted(text), told))


def _within(number: int | Fraction, told: Mapping[str, Any]) -> bool:
    least, most = told["least"], told["most"]
    return (least is None or number >= exactly(least)) and (most is None or number <= exactly(most))


def _times(text: str, stated: Statement, told: Mapping[str, Any]) -> bool:
    return text.casefold().count(told["text"].casefold()) >= int(told["times"])


def _keeps_number(text: str, stated: Statement, told: Mapping[str, Any]) -> bool:
    found = numeric.stated_number(stated)
    if found is None or found.value is None or not _within(found.value, told):
        return False
    return not told["multiple_of"] or found.value % exactly(told["multiple_of"]) == 0


RULES: Final[Mapping[str, Rule]] = {
    "words": _count(lambda text: len(re.findall(r"[^\W_](?:[\w'’-]*[^\W_])?", text))),
    "characters": _count(len),
    "lines": _count(lambda text: len([line for line in text.splitlines() if line.strip()])),
    "sentences": _count(lambda text: sum(map(len, map(plain_sentences, text.splitlines())))),
    "contains": Rule(
        (_TEXT, Parameter("times", "whole", "how often at least", 1)), _times
    ),
    "lacks": Rule(
        (_TEXT,), lambda text, stated, told: told["text"].casefold() not in text.casefold()
    ),
    "starts": Rule(
        (_TEXT,), lambda text, stated, told: text.casefold().startswith(told["text"].casefold())
    ),
    "ends": Rule(
        (_TEXT,), lambda text, stated, told: text.casefold().endswith(told["text"].casefold())
    ),
    "number": Rule(
        (
            Parameter("least", "number", "the least that it may be"),
            Parameter("most", "number", "the most that it may be"),
            Parameter("multiple_of", "number", "what must divide it", 0),
        ),
        _keeps_number,
    ),
}  # fmt: skip


def check_reference(reference: str, parameters: Parameters) -> None:
    """Raise BadParameters for rules that are unknown or lack something."""
    _rules(parameters)


def grade(stated: Statement, reference: str, parameters: Parameters) -> Grade:
    """1 if every rule is kept, else 0; or the share of the rules that are."""
    text = undecorated(stated.text)
    rules = _rules(parameters)
    broken = [name for name, told in rules if not RULES[name].keeps(text, stated, told)]
    kept = 1 - len(broken) / len(rules)
    if not broken:
        return Grade(1.0, text[:200], f"keeps all {len(rules)} rules")
    score = kept if parameters["credit"] == "share" else 0.0
    return Grade(score, text[:200], f"breaks {', '.join(broken)}"[:150])


def _rules(parameters: Parameters) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for number, told in enumerate(parameters["rules"], start=1):
        if not isinstance(told, dict) or told.get("rule") not in RULES:
            raise BadParameters(f"rule {number} is none of {', '.join(RULES)}")
        name = told["rule"]
        rest = {key: value for key, value in told.items() if key != "rule"}
        kept = checked(rest, RULES[name].takes, f"in rule {number}, {name}: ")
        if "least" in kept and not rest:
            raise BadParameters(f"rule {number}, {name}, says neither 'least' nor 'most'")
        found.append((name, kept))
    return found
