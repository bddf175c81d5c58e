"""The worked cases: the verdict of each definition on each, and the operators alone."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluations.rules import CODES, check, criteria, evaluate, evaluate_arrays

DATA = Path(__file__).parent / "data"
CASES: list[dict[str, Any]] = json.loads((DATA / "cases.json").read_text())
OPERATORS: list[dict[str, Any]] = json.loads((DATA / "operators.json").read_text())
DEFINITIONS: dict[str, dict[str, Any]] = json.loads((DATA / "definitions.json").read_text())


def test_there_are_twelve_cases_on_29_definitions() -> None:
    assert len(CASES) == 12
    assert len(DEFINITIONS) == 29
    assert all(case["verdicts"].keys() == DEFINITIONS.keys() for case in CASES)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_each_definition_has_its_verdict_on_every_case(definition: str) -> None:
    rule = DEFINITIONS[definition]["rule"]
    assert check(rule) == []
    found = {case["id"]: evaluate(rule, case["answers"]) for case in CASES}
    assert found == {case["id"]: case["verdicts"][definition] for case in CASES}


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_arrays_give_the_same_verdicts(definition: str) -> None:
    rule = DEFINITIONS[definition]["rule"]
    columns = {
        key: np.array([CODES[case["answers"].get(key, "cannot-tell")] for case in CASES], np.int8)
        for key in criteria(rule)
    }
    expected = [CODES[case["verdicts"][definition]] for case in CASES]
    assert evaluate_arrays(rule, columns).tolist() == expected


@pytest.mark.parametrize("case", OPERATORS, ids=lambda case: json.dumps(case["rule"]))
def test_operators(case: dict[str, Any]) -> None:
    assert evaluate(case["rule"], case["answers"]) == case["verdict"]
    columns = {key: np.array([CODES[value]], np.int8) for key, value in case["answers"].items()}
    assert evaluate_arrays(case["rule"], columns).tolist() == [CODES[case["verdict"]]]
