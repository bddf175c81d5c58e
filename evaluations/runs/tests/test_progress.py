"""States, pace and time left, without a database."""

import datetime as dt
from itertools import product

import pytest

from evaluations.runs.progress import Finish, RunProgress, RunState, in_words, pace, run_state

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def counts(**given: int) -> dict[str, int]:
    return {"waiting": 0, "running": 0, "done": 0, "failed": 0, "cancelled": 0, **given}


@pytest.mark.parametrize(
    ("given", "stopped", "state"),
    [
        ({"waiting": 4}, False, RunState.WAITING),
        ({"waiting": 3, "running": 1}, False, RunState.RUNNING),
        ({"waiting": 3, "done": 1}, False, RunState.RUNNING),
        ({"waiting": 3, "failed": 1}, False, RunState.RUNNING),
        ({"waiting": 3, "cancelled": 1}, False, RunState.WAITING),
        ({"done": 4}, False, RunState.FINISHED),
        ({"done": 3, "failed": 1}, False, RunState.WITH_FAILURES),
        ({"failed": 4}, False, RunState.WITH_FAILURES),
        ({"done": 2, "cancelled": 2}, True, RunState.CANCELLED),
        ({"done": 2, "running": 2}, True, RunState.CANCELLED),
        ({"done": 2, "failed": 1, "cancelled": 1}, True, RunState.CANCELLED),
        ({"done": 4}, True, RunState.FINISHED),
        ({"done": 3, "failed": 1}, True, RunState.WITH_FAILURES),
        ({}, False, RunState.FINISHED),
    ],
)
def test_state(given: dict[str, int], stopped: bool, state: RunState) -> None:
    assert run_state(**counts(**given), stopped=stopped) == state
    assert RunProgress(**counts(**given), stopped=stopped).state == state


def test_every_combination_has_a_state_and_only_unfinished_ones_move() -> None:
    for waiting, running, done, failed, cancelled in product((0, 2), repeat=5):
        for stopped in (False, True):
            progress = RunProgress(
                waiting=waiting,
                running=running,
                done=done,
                failed=failed,
                cancelled=cancelled,
                stopped=stopped,
            )
            moving = progress.state in {RunState.WAITING, RunState.RUNNING}
            assert moving == (progress.unfinished > 0 and not stopped)
            assert progress.can_cancel == moving
            assert progress.can_resume == bool(failed or cancelled)


def finish(at: float, seconds: float = 10, tokens: int = 50) -> Finish:
    return Finish(NOON + dt.timedelta(seconds=at), seconds, tokens)


def test_pace_counts_outputs_written_side_by_side() -> None:
    found = pace([finish(10), finish(10), finish(20), finish(20)])
    assert found is not None
    assert found.outputs == pytest.approx(4 / 20)
    assert found.tokens == pytest.approx(200 / 20)
    assert found.seconds_for(10) == pytest.approx(50)


def test_pace_of_one_output_is_its_own_duration() -> None:
    found = pace([finish(0, seconds=4, tokens=100)])
    assert found is not None
    assert (found.outputs, found.tokens) == (0.25, 25)


def test_a_night_without_a_worker_does_not_slow_the_pace_down() -> None:
    found = pace([finish(-40_000), finish(0), finish(10)])
    assert found is not None
    assert found.outputs == pytest.approx(2 / 20)


def test_nothing_to_go_by() -> None:
    assert pace([]) is None
    assert pace([finish(0, seconds=0)]) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "10 seconds"),
        (14, "10 seconds"),
        (44, "40 seconds"),
        (58, "1 minute"),
        (170, "3 minutes"),
        (5399, "90 minutes"),
        (7300, "2 hours"),
    ],
)
def test_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
