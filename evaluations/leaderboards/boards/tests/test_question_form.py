"""The form that chooses which judgments count keeps everything else that the address says."""

import json
import re
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client

from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.leaderboards.boards.questions import NOT_PUBLIC
from evaluations.leaderboards.tests.chips import chips_in
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db

RULE = json.dumps("two")
KEPT = [
    ("/disagreements/", {"list": "facts"}),
    ("/definitions/taylor/what-if/", {"rule": RULE, "partly_policy": "met"}),
    ("/definitions/compare/", {"a": "taylor", "b": "peirce"}),
    ("/leaderboards/", {"sort": "year", "column": "ape--plainly"}),
    ("/leaderboards/between/", {"a": "taylor", "b": "peirce"}),
    ("/leaderboards/taylor/", {"by": "model"}),
]


@pytest.fixture(autouse=True)
def judged() -> None:
    for key in ("one", "two"):
        make_criterion(key)
    make_definition("taylor", {"all": ["one", "two"]}, name="Taylor")
    make_definition("peirce", "two", name="Peirce")
    recipe = make_recipe()
    for kind, model, two in (("person", "ape", "no"), ("guest", "bee", "yes")):
        output = make_output(run=make_run(make_model(model), recipe))
        give(make_judge(kind), output, {"one": "yes", "two": two})


def form_of(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    page: str = response.content.decode()
    return page.partition('id="what-counts"')[2].partition("</form>")[0]


def hidden(form: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    assert len(dict(found)) == len(found), "no name twice"
    return {name: unescape(value) for name, value in found}


@pytest.mark.parametrize(("path", "kept"), KEPT)
def test_another_choice_of_judgments_changes_nothing_else(
    client: Client, path: str, kept: dict[str, str]
) -> None:
    asked = {**kept, "judges": "guests", "combine": "any"}
    form = form_of(client, f"{path}?{urlencode(asked)}")
    assert f'action="{path}"' in form
    assert '<option value="guests" selected>' in form
    assert '<option value="any" selected>' in form
    assert hidden(form) == kept


@pytest.mark.parametrize(("path", "kept"), KEPT)
def test_a_day_that_cannot_be_read_loses_nothing(
    client: Client, path: str, kept: dict[str, str]
) -> None:
    asked = {**kept, "since": "yesterday"}
    form = form_of(client, f"{path}?{urlencode(asked)}", 422)
    assert 'value="yesterday"' in form
    assert hidden(form) == kept


def test_what_if_counts_the_judgments_that_were_chosen(client: Client) -> None:
    url = f"/definitions/taylor/what-if/?{urlencode({'rule': RULE})}"
    assert chips_in(client.get(url).content.decode())["judges"] == "signed-in"
    page = client.get(f"{url}&judges=guests").content.decode()
    assert chips_in(page)["judges"] == "signed-in and guests"
    assert 'name="road"' not in page


@pytest.mark.parametrize("path", sorted({path for path, _ in KEPT}))
def test_each_choice_has_a_chip_that_says_what_is_chosen(client: Client, path: str) -> None:
    asked = {**dict(KEPT)[path], "judges": "models", "chosen": "1", "until": "2026-03-04"}
    page = client.get(f"{path}?{urlencode(asked)}").content.decode()
    assert chips_in(page) == {
        "judges": "model judges", "blind": "blind", "served": "served or chosen",
        "combine": "median", "outputs": "all outputs", "days": "until 4 March 2026",
    }  # fmt: skip
    changed = re.findall(r'class="chip changed" id="choice-(\w+)"', page)
    assert changed == ["judges", "served", "days"]
    form = page.partition('id="what-counts"')[2].partition("</form>")[0]
    # Each opens its own choices, and all are sent together, so that none is lost.
    assert form.count("<details") == form.count("<button") == 6
    assert "current and blind;" not in page, "the long sentence stands on the method page"


def test_a_board_of_a_run_says_so_and_where_others_have_none(client: Client) -> None:
    owner, run = make_user("owner"), Run.objects.earliest("pk")
    client.force_login(owner)
    url = f"/leaderboards/taylor/?run={run.pk}"
    page = client.get(url).content.decode()
    assert chips_in(page)["outputs"] == f"run {run.pk}"
    assert 'id="choice-outputs"' in page.partition("chip changed")[2]
    assert 'id="freeze"' in page
    assert 'id="not-public"' not in page
    Run.objects.filter(pk=run.pk).update(visibility="private", launched_by=owner)
    page = client.get(url).content.decode()
    assert chips_in(page)["outputs"] == f"run {run.pk}"
    assert NOT_PUBLIC in page.partition('id="not-public"')[2]
    assert 'id="freeze"' not in page, "it would be refused"


def test_a_page_of_a_list_is_not_kept(client: Client) -> None:
    assert hidden(form_of(client, "/disagreements/?list=facts&page=2")) == {"list": "facts"}
