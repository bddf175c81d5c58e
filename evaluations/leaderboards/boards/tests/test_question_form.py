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
)

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
    assert "Judgments by signed-in people and guests" not in client.get(url).content.decode()
    page = client.get(f"{url}&judges=guests").content.decode()
    assert "Judgments by signed-in people and guests" in page
    assert 'name="road"' not in page


def test_a_page_of_a_list_is_not_kept(client: Client) -> None:
    assert hidden(form_of(client, "/disagreements/?list=facts&page=2")) == {"list": "facts"}
