import pytest

from evaluations.judgments.loop.tests.judged import (
    Judged,
    judged_output,
    judged_pair,
    judged_prompt,
)


@pytest.fixture(params=[judged_output, judged_pair, judged_prompt])
def judged(request: pytest.FixtureRequest) -> Judged:
    made: Judged = request.param()
    return made
