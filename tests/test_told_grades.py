"""Graders that are told more, or that cannot say anything, from the queue to the files."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from evaluations.grading import GRADERS
from evaluations.inference.answer import ANSWER_VERSION
from evaluations.inference.engine import Result
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.prompts.models import Grader
from evaluations.runs import queue
from evaluations.runs.actions import regrade
from evaluations.runs.models import Grade, Output, OutputState
from evaluations.runs.results import written
from tests.cast import (
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db
RUNS_AWAY = {"pattern": "(a+)+$"}
LONG = "a" * 60 + "!b"


def test_the_graders_of_prompts_are_those_that_there_are() -> None:
    assert Grader.choices == [(name, grader.title) for name, grader in GRADERS.items()]


def done(text: str, **asked: Any) -> Output:
    """An output that a worker wrote and stored."""
    prompt = make_prompt("told", **asked)
    run = make_run()
    output = Output.objects.create(run=run, prompt=prompt, seed=1, state=OutputState.PENDING)
    (claim,) = queue.claim(model=run.model_id, owner="me", count=1)
    result = Result(
        id=str(output.pk), text=text, trace="", answer=text, trace_visibility="not-written",
        tokens_in=1, tokens_out=1, stop_reason="stop", seconds=1.0,
    )  # fmt: skip
    assert queue.finish([written(claim, result)]) == 1
    return Output.objects.get(pk=output.pk)


def test_a_worker_grades_by_what_the_prompt_tells() -> None:
    output = done("About 3.14", grader="numeric", reference="3.14159", parameters={"within": 0.01})
    assert output.grade is not None
    assert output.grade.score == 1.0
    assert regrade().total() == 0


def test_what_took_too_long_is_not_graded_and_never_a_0(client: Client) -> None:
    output = done(LONG, grader="regex", reference="a", parameters=RUNS_AWAY)
    grade = output.grade
    assert grade is not None
    assert (grade.score, grade.note) == (None, "not graded: timed out")
    assert grade.grader_version == GRADERS["regex"].version
    held = current_matrix()
    assert [str(value) for value in held.grade.tolist()] == ["nan"]
    assert held.graded_by.tolist() == [0]
    page = client.get(output.get_absolute_url()).content.decode()
    assert "not graded: timed out" in page
    assert "<strong>0</strong> of 1" not in page
    where = output.run.get_absolute_url().rstrip("/")
    (row,) = json.loads(client.get(f"{where}.json").content)["outputs"]
    assert (row["grade"], row["not_graded"]) == (None, "timed out")
    (line,) = csv.DictReader(io.StringIO(client.get(f"{where}.csv").content.decode()))
    assert (line["grade"], line["not_graded"], line["grader"]) == ("", "timed out", "regex")


def test_a_board_counts_it_as_not_graded(client: Client) -> None:
    make_criterion("one")
    make_block("one")
    make_definition("taylor", "one")
    output = done(LONG, grader="regex", reference="a", parameters=RUNS_AWAY)
    right = make_output(
        run=output.run, prompt=make_prompt("quick", grader="exact", reference="a"), grade=1
    )
    for each in (output, right):
        give(make_judge(user=make_user(f"judge-{each.pk}")), each, {"one": "yes"})
    (row,) = json.loads(client.get("/leaderboards/taylor.json").content)["rows"]
    assert (row["grade"], row["graded"]) == (1.0, 1)


def test_a_grader_that_takes_longer_today_takes_no_grade_away() -> None:
    prompt = make_prompt("slow", grader="regex", reference="a", parameters=RUNS_AWAY)
    output = make_output(prompt=prompt, text=LONG)
    versions = {"grader_version": GRADERS["regex"].version, "answer_version": ANSWER_VERSION}
    kept = Grade.objects.create(output=output, grader="regex", score=1.0, **versions)
    assert regrade().total() == 0
    assert Output.objects.get().grade == kept
