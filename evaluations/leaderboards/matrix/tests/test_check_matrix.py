"""The check that counts the matrix and the database."""

from io import StringIO

import pytest
from django.core.management import call_command

from evaluations.judgments.models import Finding
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
)
from evaluations.leaderboards.matrix.check import Check, Watch, check
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.fill import Table
from evaluations.leaderboards.matrix.stored import StoredMatrix

pytestmark = pytest.mark.django_db


def world() -> None:
    wording = make_criterion("one")
    make_criterion("needs-steps", level="prompt")
    output = make_output()
    for kind in ("person", "guest"):
        give(make_judge(kind), output, {"one": "yes", "needs-steps": "no"})
    classify(make_judge(), output, make_definition("taylor", "one"), "no")
    Finding.objects.create(criterion_version=wording, output=output, value="no", source="probe")


def without_outputs(held: StoredMatrix) -> None:
    """Break what is held, as no change of the database would."""
    outputs = {name: column[:0] for name, column in held.stored.outputs.columns.items()}
    object.__setattr__(held.stored, "outputs", Table(outputs))


def test_both_counts_agree() -> None:
    world()
    found = check()
    assert found.agrees
    assert {name: count for name, (count, _) in found.memory.items()} == {
        "answers of kind person, output": 1,
        "answers of kind person, prompt": 1,
        "answers of kind guest, output": 1,
        "answers of kind guest, prompt": 1,
        "answers of kind person, direct": 1,
        "outputs": 1,
        "findings": 1,
    }


def test_what_differs_is_read_anew() -> None:
    world()
    without_outputs(current_matrix())
    assert not check().agrees
    assert current_matrix().size == 1
    assert check().agrees


def test_the_command_prints_both_counts() -> None:
    world()
    printed = StringIO()
    call_command("check_matrix", stdout=printed)
    assert "The matrix is what the database holds." in printed.getvalue()
    without_outputs(current_matrix())
    printed, said = StringIO(), StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("check_matrix", stdout=printed, stderr=said)
    assert stopped.value.code == 1
    (line,) = [line for line in printed.getvalue().splitlines() if line.startswith("outputs")]
    assert line.split() == ["outputs", "1", "0", "differ"]
    assert "read anew" in said.getvalue()


def test_a_web_process_checks_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[bool] = []
    monkeypatch.setattr("threading.Thread.start", lambda thread: begun.append(thread.daemon))
    watch = Watch()
    watch.start()
    watch.start()
    assert begun == [True]


def test_the_watch_keeps_its_last_check_and_counts_what_differed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [Check({"outputs": (1, 1)}, {"outputs": (count, 1)}, 0.0) for count in (1, 0)]
    monkeypatch.setattr("evaluations.leaderboards.matrix.check.check", lambda: found[-1])
    monkeypatch.setattr("evaluations.leaderboards.matrix.check.connection.close", lambda: None)
    watch = Watch()
    watch.run()
    assert (watch.last, watch.rebuilt) == (found[1], 1)
    found.pop()
    watch.run()
    assert (watch.last, watch.rebuilt) == (found[0], 1)
