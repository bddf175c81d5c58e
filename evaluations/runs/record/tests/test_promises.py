"""What a seed promises, by what was recorded."""

from typing import Any

import pytest

from evaluations.runs.record.promises import MEANS, promise_of, promises_under

LOOP = {"engine": "transformers", "device": "cpu", "dtype": "float32"}


@pytest.mark.parametrize(
    ("environment", "promise"),
    [
        (LOOP, "same in any company"),
        (LOOP | {"dtype": "bfloat16"}, "usually"),
        (LOOP | {"device": "cuda:0"}, "usually"),
        ({"seed_promise": "asked for, not promised"}, "asked for, not promised"),
        (
            {"seed_promise": "its low 31 bits were asked for, not promised"},
            "asked for, not promised",
        ),
        ({"seed_promise": "not sent"}, "not sent"),
        ({"seed_promise": "<b>"}, "not recorded"),
        ({}, "not recorded"),
        ({"imported_from": "a file"}, "not recorded"),
    ],
)  # fmt: skip
def test_a_promise_is_what_was_recorded(environment: dict[str, Any], promise: str) -> None:
    assert promise_of(environment) == promise
    assert promises_under([environment]) == [(promise, MEANS[promise])]


def test_a_run_names_each_promise_once() -> None:
    found = promises_under([LOOP, {**LOOP, "dtype": "bfloat16"}, {**LOOP, "torch": "2"}, None])
    assert [promise for promise, _ in found] == ["same in any company", "usually", "not recorded"]
