"""The worked cases of the catalogue are those with the known verdicts."""

import json
from pathlib import Path

import pytest

import evaluations.rules
from evaluations.leaderboards.workshop_preview import cases_under, worked_cases

DATA = Path(evaluations.rules.__file__).parent / "tests" / "data"
CASES = json.loads((DATA / "cases.json").read_text())
DEFINITIONS = json.loads((DATA / "definitions.json").read_text())


def test_the_cases_are_those_of_the_rules() -> None:
    ours = {case["id"]: case["answers"] for case in worked_cases()}
    assert ours == {case["id"]: case["answers"] for case in CASES}
    assert all(case["name"] and case["description"] for case in worked_cases())


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_each_case_has_its_verdict_and_a_reason(definition: str) -> None:
    found = cases_under(DEFINITIONS[definition]["rule"], {})
    assert [case.explanation.answer for case in found] == [
        case["verdicts"][definition] for case in CASES
    ]
    assert all(case.explanation.sentence for case in found)
