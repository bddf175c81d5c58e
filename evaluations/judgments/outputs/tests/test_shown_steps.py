"""An output as a page shows it: which steps bring a number of their own."""

import pytest

from evaluations.judgments.tests.cast import make_output
from evaluations.runs.reading import reading

pytestmark = pytest.mark.django_db


def test_a_step_that_brings_a_number_gets_none_beside_it() -> None:
    output = make_output(trace="1. The lamp is on.\n7. It was lit.\n3\n**Step 4:**\nSo 5 are home.")
    shown = reading(output).steps
    assert [step.numbered for step in shown] == [True, False, True, True, False]
    assert [step.bare for step in shown] == [False, False, True, True, False]
    assert shown[2].text == "3"
