"""One model judge a row, asked in one manner: with two that differ, the intervals still hold."""

import random
from typing import Any

import numpy as np
import pytest
from django.test import Client

from evaluations.judgments.models import Block, ImportedOpinion, Judge, Opinion
from evaluations.judgments.tests.cast import (
    SERVED,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_recipe,
    make_run,
)
from evaluations.leaderboards.boards.sharpened import MIXED, sharpened_rows
from evaluations.leaderboards.boards.standings import Question, Reading, groups_of
from evaluations.leaderboards.matrix.answers import Scope
from evaluations.leaderboards.snapshots.matrix import matrix_from
from evaluations.leaderboards.snapshots.rows import AnswerRow, Evidence, OutputRow
from evaluations.leaderboards.tests.sharpened_world import few_are_enough, row_of
from evaluations.measures.judges import prediction_powered_mean
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db

PERSON, KIND, STRICT = 1, 2, 3


def drawn(chance: random.Random) -> Evidence:
    """160 outputs, half of them met. People judged 40, a kind model judge these and 60 more, a
    strict one the others."""
    outputs, answers = [], []
    for key in range(1, 161):
        outputs.append(
            OutputRow(key, 1, 1, 1, key, 0, 1, "", "done", "full", None, 0, None, "", None)
        )
        met = chance.random() < 0.5
        said = {}
        if key <= 40:
            said[PERSON] = met
        if key <= 100:
            said[KIND] = met or chance.random() < 0.15
        else:
            said[STRICT] = met and chance.random() < 0.2
        for judge, yes in said.items():
            value = "yes" if yes else "no"
            row = len(answers) + 1
            answers.append(
                AnswerRow(
                    row, row, judge, True, key, None, "one", 1, 1, None, value, None, True, None
                )
            )
    return Evidence(answers, [], outputs)


def test_with_two_judges_that_differ_intervals_hold_the_truth() -> None:
    chance, reading = random.Random(5), Reading("one", {"one": ("one", 1)})
    held = mixed = 0
    draws = 150
    for _ in range(draws):
        evidence = drawn(chance)
        matrix = matrix_from(evidence, frozenset({KIND, STRICT}))
        matrix.process = frozenset()
        groups = groups_of(matrix, Scope())
        (row,) = sharpened_rows(reading, matrix, Question(sharpened=True), groups)
        assert row.found is not None
        assert (row.judge, row.found.both, row.found.model) == (KIND, 40, 100)
        held += row.found.interval.low <= 0.5 <= row.found.interval.high
        people, either = np.full(160, np.nan), np.full(160, np.nan)
        for answer in evidence.answers:
            of = people if answer.judge_id == PERSON else either
            of[(answer.output_id or 0) - 1] = answer.value == "yes"
        wrong = prediction_powered_mean(people, either, np.arange(160)).interval
        mixed += wrong.low <= 0.5 <= wrong.high
    assert held >= 0.93 * draws
    # The same draws with whichever of the two answered, as one judge: what this is about.
    assert mixed < 0.6 * draws


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run on a board where four outputs that both judged are enough."""
    make_criterion("one")
    make_definition("taylor", {"all": ["one"]}, name="Taylor")
    few_are_enough(monkeypatch)
    return make_run(make_model("ape", name="Ape 1B"), make_recipe("plain"))


def board(client: Client) -> dict[str, Any]:
    found: list[dict[str, Any]] = client.get("/leaderboards/taylor.json?judges=sharpened").json()[
        "rows"
    ]
    (row,) = found
    return row


def test_the_judge_that_judged_most_of_what_people_did_sharpens_a_row_and_is_named(
    client: Client, run: Run
) -> None:
    first, second = make_judge("model"), Judge.objects.create(kind="model", name="another")
    row_of(run, outputs=7, by_people=5, model=first)
    row_of(run, outputs=6, by_people=0, model=second)
    row = board(client)
    assert (row["judged_by_models"], row["judged_by_both"]) == (7, 5)
    assert row["sharpened_by"] == first.called
    csv = client.get("/leaderboards/taylor.csv?judges=sharpened").content.decode()
    assert first.called in csv
    html = client.get("/leaderboards/taylor/?judges=sharpened").content.decode()
    assert f"{first.called} judged 7 outputs" in html


def asked(judge: Judge, outputs: list[Output], version: int) -> None:
    """The judge's answers about these outputs, as replies to a version of the site's prompt."""
    block = Block.objects.first() or make_block("one")
    judging = make_run(make_model(f"asked-{version}"))
    Run.objects.filter(pk=judging.pk).update(purpose="judging")
    for output in outputs:
        Opinion.objects.create(
            judge=judge,
            output=output,
            block=block,
            asked_as=make_output(run=judging),
            prompt_version=version,
            state="answered",
            judgment=judge.judgments.get(output=output),
        )


def test_a_judge_asked_by_two_versions_of_a_prompt_is_not_one(client: Client, run: Run) -> None:
    judge = make_judge("model")
    outputs = row_of(run, outputs=7, by_people=5, model=judge)
    asked(judge, outputs[:3], version=1)
    asked(judge, outputs[3:], version=2)
    row = board(client)
    assert (row["not_sharpened"], row["sharpened_by"]) == (MIXED, "")


def test_an_imported_judge_sharpens_only_rows_that_it_judged_whole(
    client: Client, run: Run
) -> None:
    judge = Judge.objects.create(kind="model", name="elsewhere")
    outputs = row_of(run, outputs=8, by_people=5, by_model=7, model=judge)
    assert "it says nothing of 1 that could have been served" in board(client)["not_sharpened"]
    give(judge, outputs[0], {"one": "yes"}, served=SERVED)
    row = board(client)
    assert (row["sharpened_by"], row["judged_by_models"]) == ("elsewhere (imported)", 8)


def test_an_imported_judge_with_unlike_numbers_of_samples_is_not_one(
    client: Client, run: Run
) -> None:
    judge = Judge.objects.create(kind="model", name="elsewhere")
    outputs = row_of(run, outputs=7, by_people=5, model=judge)
    for output in outputs:
        judgment = judge.judgments.get(output=output)
        answer = judgment.answers.get()
        for sample in (1, 2) if output == outputs[0] else (1,):
            ImportedOpinion.objects.create(
                judge=judge,
                output=output,
                criterion_version=answer.criterion_version,
                sample=sample,
                value=answer.value,
                judgment=judgment,
            )
    assert board(client)["not_sharpened"] == MIXED
