"""The worked cases: the verdict of each shipped definition on each, and the operators alone.

The verdicts were worked out by hand, criterion by criterion, before they were compared with what
the code gives.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluations.rules import CODES, check, criteria, evaluate, evaluate_arrays

DATA = Path(__file__).parent / "data"
CATALOGUE = Path(__file__).parents[2] / "definitions" / "catalogue"
CASES: list[dict[str, Any]] = json.loads((CATALOGUE / "cases.json").read_text())
RULES: dict[str, Any] = {
    entry["slug"]: entry["rule"]
    for entry in json.loads((CATALOGUE / "definitions.json").read_text())
}
OPERATORS: list[dict[str, Any]] = json.loads((DATA / "operators.json").read_text())
# A sign for each case, in their order, with a space after the twelfth.
SIGNS = {".": "no", "p": "partly", "Y": "yes", "?": "cannot-tell"}
VERDICTS: dict[str, list[str]] = {
    slug: [SIGNS[sign] for sign in signs.replace(" ", "")]
    for slug, signs in json.loads((DATA / "verdicts.json").read_text()).items()
}


def test_every_case_has_a_verdict_of_every_definition() -> None:
    assert len(CASES) >= 16
    assert VERDICTS.keys() == RULES.keys()
    assert {len(verdicts) for verdicts in VERDICTS.values()} == {len(CASES)}


@pytest.mark.parametrize("slug", RULES)
def test_each_definition_has_its_verdict_on_every_case(slug: str) -> None:
    assert check(RULES[slug]) == []
    found = {case["id"]: evaluate(RULES[slug], case["answers"]) for case in CASES}
    assert found == {
        case["id"]: verdict for case, verdict in zip(CASES, VERDICTS[slug], strict=True)
    }


@pytest.mark.parametrize("slug", RULES)
def test_arrays_give_the_same_verdicts(slug: str) -> None:
    columns = {
        key: np.array([CODES[case["answers"].get(key, "cannot-tell")] for case in CASES], np.int8)
        for key in criteria(RULES[slug])
    }
    expected = [CODES[verdict] for verdict in VERDICTS[slug]]
    assert evaluate_arrays(RULES[slug], columns).tolist() == expected


@pytest.mark.parametrize("case", OPERATORS, ids=lambda case: json.dumps(case["rule"]))
def test_operators(case: dict[str, Any]) -> None:
    assert evaluate(case["rule"], case["answers"]) == case["verdict"]
    columns = {key: np.array([CODES[value]], np.int8) for key, value in case["answers"].items()}
    assert evaluate_arrays(case["rule"], columns).tolist() == [CODES[case["verdict"]]]
