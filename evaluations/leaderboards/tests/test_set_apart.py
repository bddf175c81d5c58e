"""Gold items, judges who did not pass, and repeated outputs: what every page leaves out alike."""

import json
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import Direct, Served, submit_judgment
from evaluations.judgments.items.filling import fill_items
from evaluations.judgments.items.questions import next_output, questions_from
from evaluations.judgments.models import Answer, GoldAnswer, Item, Judge, ProtocolVersion
from evaluations.judgments.outputs.answers import counted
from evaluations.judgments.review.set_aside import lift, set_aside
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.definition_pages.criterion_views import answers_to
from evaluations.leaderboards.definition_pages.views import direct_counts
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.fill import PUBLIC, outputs_that
from evaluations.leaderboards.snapshots import actions
from evaluations.leaderboards.snapshots.actions import freeze_board
from evaluations.leaderboards.snapshots.check import check_snapshot
from evaluations.leaderboards.tests.chips import chips_in
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db


def judged_by(judge: Judge, item: Item, version: DefinitionVersion, value: str) -> None:
    """The judge finishes an item: an answer to the criterion, and a classification."""
    wording = version.criterion_versions.get()
    assert item.output is not None
    submit_judgment(
        judge=judge,
        output=item.output,
        answers={wording: value},
        direct=[Direct(version=version, value="yes")],
        holistic="yes",
        form_token=uuid.uuid4(),
        served=Served(item=item, page="block:first", position=1, finishes=True),
    )


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("sound")
    return make_definition("taylor", {"all": ["sound"]})


@pytest.fixture
def protocol(version: DefinitionVersion) -> ProtocolVersion:
    """Eight items and two gold ones, judged by three who passed and one who did not."""
    wording = version.criterion_versions.get()
    asked = make_protocol(
        blocks=(make_block("sound"),),
        definitions=(version,),
        asks_holistic=True,
        qualification_share=100,
        judges_per_item=4,
        owner=make_user("owner", role="researcher"),
    )
    items = [make_item(asked, make_output()) for _ in range(8)]
    gold = [make_item(asked, make_output(), is_gold=True, is_qualification=True) for _ in range(2)]
    for item in gold:
        GoldAnswer.objects.create(
            item=item, criterion=wording.criterion, criterion_version=wording, value="yes"
        )
    for number in range(4):
        judge = make_judge()
        for item in gold:
            judged_by(judge, item, version, "yes" if number else "no")
        for item in items:
            judged_by(judge, item, version, "yes" if number else "no")
    return asked


def numbers(client: Client, query: str = "") -> dict[str, Any]:
    """What each page says of the judgments: outputs, judges, pairs."""
    board = client.get(f"/leaderboards/taylor.json?protocol=small{query}").json()["rows"]
    answers = client.get(f"/leaderboards/taylor/answers.json?protocol=small{query}").json()
    found = {
        "board": sum(row["n"] for row in board),
        "shares": {row["share"] for row in board},
        "judges": len({row["judge"] for row in answers["answers"]}),
        "answers": len(answers["answers"]),
    }
    fidelity = client.get("/definitions/fidelity.json").json()["rows"]
    found["fidelity"] = {row["pairs"] for row in fidelity}
    return found


def test_every_page_leaves_the_same_judgments_out(
    client: Client, protocol: ProtocolVersion, version: DefinitionVersion
) -> None:
    client.force_login(protocol.protocol.owner)
    said = numbers(client)
    progress = {
        name: client.get(f"/protocols/small/progress/{name}.json").json()[name]
        for name in ("agreement", "fidelity")
    }
    assert said == {
        "board": 8, "shares": {1.0}, "judges": 3, "answers": 24, "fidelity": {24},
    }  # fmt: skip
    assert {row["pairs"] for row in progress["fidelity"]} == said["fidelity"]
    assert {row["judges"] for row in progress["agreement"]} == {said["judges"]}
    assert {row["items"] for row in progress["agreement"]} == {said["board"]}
    assert answers_to(current_matrix(), version.criterion_versions.get())["judges"] == 3
    page = client.get("/leaderboards/taylor/?protocol=small&apart=1").content.decode()
    assert chips_in(page)["judges"] == "signed-in, set apart too, “Protocol small”"
    assert 'name="apart" value="1" checked' in page
    everything = numbers(client, "&apart=1")
    assert (everything["board"], everything["judges"], everything["answers"]) == (10, 4, 40)


@pytest.mark.parametrize("everywhere", [True, False])
def test_who_is_set_aside_leaves_every_page_and_stays_in_earlier_snapshots(
    client: Client, protocol: ProtocolVersion, version: DefinitionVersion, everywhere: bool
) -> None:
    staff = make_user("ida", is_staff=True, role="researcher")
    client.force_login(staff)
    before, all_before = numbers(client), numbers(client, "&apart=1")["answers"]
    frozen = freeze_board(version=version, question=Question(), actor=staff)
    judge = Judge.objects.order_by("pk")[1]
    give(judge, make_output(), {"sound": "yes"})
    outside = client.get("/leaderboards/taylor.json").json()["rows"][0]["n"]
    assert outside == 9
    row = set_aside(
        judge=judge,
        protocol=None if everywhere else protocol.protocol,
        reason="Seven outputs in eight seconds.",
        actor=staff,
    )
    after = numbers(client)
    assert (after["judges"], after["answers"], after["fidelity"]) == (2, 16, {16})
    assert numbers(client, "&apart=1")["answers"] == all_before
    progress = client.get("/protocols/small/progress/fidelity.json").json()["fidelity"]
    assert {found["pairs"] for found in progress} == {16}
    shown = client.get("/leaderboards/taylor.json").json()["rows"][0]["n"]
    assert shown == (8 if everywhere else 9), "outside the protocol they count still"
    assert check_snapshot(frozen).holds
    lift(row=row, reason="A slow connection sent them late.", actor=staff)
    assert numbers(client) == before


@pytest.mark.parametrize(("way", "counts"), [("served", 5), ("unknown", 5), ("chosen", 4)])
def test_what_a_judge_chose_counts_where_one_asks_for_it(
    client: Client, version: DefinitionVersion, way: str, counts: int
) -> None:
    staff = make_user("ida", is_staff=True, role="researcher")
    outputs = [make_output() for _ in range(5)]
    for output in outputs:
        chosen_one = way if output == outputs[0] else "served"
        give(make_judge(), output, {"sound": "yes"}, served=Served(way=chosen_one))
        classify(make_judge(), output, version, "yes", served=Served(way=chosen_one))
    board = client.get("/leaderboards/taylor.json").json()
    assert board["rows"][0]["n"] == counts
    assert board["judgments_of_unknown_way"] == (way == "unknown")
    direct = client.get("/leaderboards/taylor.json?road=direct").json()
    assert direct["rows"][0]["n"] == counts
    of_page = counted(Answer.objects.on(outputs[0]), None)
    assert len(of_page) == (0 if counts == 4 else 2), "the output's page counts as the boards do"
    everything = client.get("/leaderboards/taylor.json?chosen=1").json()
    assert everything["rows"][0]["n"] == 5
    words = "also of outputs that their judges chose themselves"
    assert words in str(everything)
    assert words not in str(board)
    shown = client.get("/leaderboards/taylor/?chosen=1").content.decode()
    assert 'name="chosen" value="1" checked' in shown
    assert ('id="unknown-way"' in shown) == (way == "unknown")
    frozen = freeze_board(version=version, question=Question(), actor=staff)
    asked = Question(selection=Selection(chosen=True))
    with_chosen = freeze_board(version=version, question=asked, actor=staff)
    assert (frozen.answers, with_chosen.answers) == (counts, 5)
    assert words in with_chosen.question_words
    assert check_snapshot(frozen).holds
    assert check_snapshot(with_chosen).holds
    answers = client.get("/leaderboards/taylor/answers.json").json()["answers"]
    assert len(answers) == counts
    assert answers_to(current_matrix(), version.criterion_versions.get())["judges"] == counts


def test_a_snapshot_names_what_it_brings_in_and_still_holds_when_that_changes(
    client: Client,
    protocol: ProtocolVersion,
    version: DefinitionVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actor = make_user("ida", role="researcher")
    usual = freeze_board(version=version, question=Question(), actor=actor)
    assert (usual.outputs, usual.answers, usual.judges) == (10, 24, 3)
    question = Question(selection=Selection(apart=True))
    everything = freeze_board(version=version, question=question, actor=actor)
    assert (everything.answers, everything.judges) == (40, 4)
    assert "also for gold items" in everything.question_words
    assert everything.question == {"apart": "1"}
    GoldAnswer.objects.update(value="no")
    assert check_snapshot(usual).holds
    assert check_snapshot(everything).holds
    monkeypatch.setattr(actions, "METHOD_VERSION", 2)
    question = Question(selection=Selection(judges="guests"))
    old = freeze_board(version=version, question=question, actor=actor)
    assert "by method 2" in check_snapshot(old).partial
    assert check_snapshot(old).holds
    page = client.get(old.get_absolute_url()).content.decode()
    assert "/leaderboards/taylor/?judges=guests&amp;apart=1" in page, (
        "it counted what is set apart today"
    )


@pytest.mark.parametrize(
    ("temperature", "seeds", "counted"),
    [(0.7, (5, 5), 3), (0.7, (5, 6), 6), (0.0, (5, 6), 1)],
)
def test_a_repeated_output_is_no_new_sample(
    client: Client,
    version: DefinitionVersion,
    temperature: float,
    seeds: tuple[int, int],
    counted: int,
) -> None:
    model, recipe, prompt = make_model(), make_recipe(temperature=temperature), make_prompt()
    for seed in seeds:
        run = Run.objects.create(
            model=model, recipe=recipe, prompt_set=prompt.prompt_set, samples=3, seed=seed
        )
        for sample in range(3):
            output = make_output(run=run, prompt=prompt, seed=10 * seed + sample, grade=1.0)
            judge = make_judge()
            give(judge, output, {"sound": "yes"})
            classify(judge, output, version, "yes")
    assert dict(direct_counts(version, current_matrix()))["yes"] == counted
    (row,) = client.get("/leaderboards/taylor.json").json()["rows"]
    assert (row["n"], row["outputs"]) == (counted, counted)
    curves = client.get("/leaderboards/taylor/curves.json").json()["rows"]
    assert max(point["k"] for point in curves if point.get("k")) == counted
    queue = make_protocol(blocks=(make_block("sound"),))
    assert fill_items(queue) == counted
    judge, served = make_judge(), set()
    while (output := next_output(judge, questions_from(QueryDict("criteria=sound")))) is not None:
        give(judge, output, {"sound": "yes"})
        served.add(output.pk)
    assert len(served) == counted
    page = client.get(f"/prompts/{prompt.slug}/").content.decode()
    assert page.count("counted once") == 6 - counted
    address = f"/outputs/{run.outputs.latest('pk').pk}/"
    last = client.get(address).content.decode()
    assert ("which counts for both" in last) == (counted < 6)
    answers = client.post(f"{address}reveal/", follow=True).content.decode()
    assert ('id="repeats"' in answers) == (counted < 6)


def test_samples_of_a_prompt_are_not_compared_each_with_each() -> None:
    first, count = make_output(), 300
    common = {"run": first.run, "prompt": first.prompt, "state": "done", "seed": 8}
    samples = range(1, count)
    Output.objects.bulk_create(
        Output(**common, sample=n, trace_visibility="full", finished_at=timezone.now())
        for n in samples
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE runs_output, runs_run, runs_recipe")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT count(*) {outputs_that(PUBLIC)}")
        plan = json.dumps(cursor.fetchone()[0])
    removed = map(int, re.findall(r'"Rows Removed by Join Filter": (\d+)', plan))
    assert max(removed, default=0) <= 2 * count
