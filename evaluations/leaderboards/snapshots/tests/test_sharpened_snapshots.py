"""Frozen boards of people, sharpened by model judges: the same numbers from the kept rows."""

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Way
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.boards.sharpened import UNKNOWN
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.models import RowKind
from evaluations.leaderboards.snapshots.check import check_snapshot
from evaluations.leaderboards.tests.freezing import freeze
from evaluations.leaderboards.tests.sharpened_world import row_of
from evaluations.prompts.models import PromptSet

pytestmark = pytest.mark.django_db


def test_a_sharpened_board_is_frozen_and_checked(client: Client, actor: User) -> None:
    make_criterion("one")
    version = make_definition("taylor", "one", name="Taylor")
    run = make_run(make_model("ape", name="Ape 1B"), make_recipe("plain"))
    model, person = make_judge("model"), make_judge(user=make_user("judge"))
    row_of(run, outputs=60, by_people=34, model=model, person=person)
    # A row that may not be sharpened, and outputs that people could not have been served.
    row_of(make_run(make_model("bee")), outputs=4, by_people=4, way=Way.UNKNOWN, model=model)
    other = PromptSet.objects.create(slug="other", title="Another set")
    protocol = make_protocol(selection={"prompt_sets": ["set"]})
    type(protocol).objects.filter(pk=protocol.pk).update(frozen_at=timezone.now())
    output = make_output(run=run)
    served = Served(
        way=Way.SERVED, item=make_item(protocol, output), page="block:first", position=1
    )
    give(person, output, {"one": "yes"}, served=served)
    prompt = make_prompt("elsewhere")
    type(prompt).objects.filter(pk=prompt.pk).update(prompt_set=other)
    give(model, make_output(run=run, prompt=prompt), {"one": "yes"})

    ordinary = freeze(version, actor)
    frozen = freeze(version, actor, Question(sharpened=True))
    assert frozen.digest != ordinary.digest
    assert frozen.question == {"judges": "sharpened"}
    assert "sharpened by model judges" in frozen.question_words
    ape, bee = sorted(frozen.rows["records"], key=lambda record: record["model"])
    assert (ape["judged_by_models"], ape["judged_by_both"]) == (60, 34)
    assert bee["sharpened_share"] is None
    # The reason of that day: the kept rows alone would say that no model judged any of it.
    assert bee["not_sharpened"] == UNKNOWN
    assert ape["sharpened_by"] == model.called
    # Model judges are counted with people nowhere.
    assert (frozen.judgments, frozen.judges) == (ordinary.judgments, ordinary.judges) == (39, 2)
    assert ordinary.answers == 39
    # Of model judges only what sharpened a row is kept: neither bee's, nor what is elsewhere.
    assert frozen.answers == 39 + 60
    checked = check_snapshot(frozen)
    assert checked.holds, checked
    assert not checked.differences
    assert checked.rows[RowKind.ANSWER].used == 99
    assert check_snapshot(ordinary).holds

    page = client.get(frozen.get_absolute_url()).content.decode()
    assert 'id="sharpened"' in page
    assert "1 of 2 rows are sharpened" in page
    assert "The board reads the same today" in page
    assert f"as {ape['effective_n']:.0f}" in page
    cited = page[page.index('id="citation"') :]
    assert "signed-in people, sharpened by model judges" in cited
    by = f"39 judgments by 2 judges, sharpened by the model judge {model.called}."
    assert by in cited
    assert f"sharpened by the model judge {model.called};" in cited[cited.index('id="bibtex"') :]
    assert "model judge" not in client.get(ordinary.get_absolute_url().rstrip("/") + ".bib").text
    assert 'href="/leaderboards/taylor/?judges=sharpened"' in page
    csv = client.get(f"{frozen.get_absolute_url().removesuffix('/')}.csv").content.decode()
    assert "effective_n" in csv.splitlines()[0]

    give(person, row_of(run, outputs=1, by_people=1, model=model, seed=9)[0], {"one": "no"})
    assert check_snapshot(frozen).holds
    answers = client.get("/leaderboards/taylor/answers.csv?judges=sharpened").content.decode()
    assert answers.count(",model,") == 62
