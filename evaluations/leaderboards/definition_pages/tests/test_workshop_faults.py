"""Faults of a definition are told all at once, where one does not hang on another."""

from typing import Any

import pytest
from django.test import Client

from evaluations.definitions.models import Definition
from evaluations.judgments.tests.cast import make_criterion, make_definition, make_user
from evaluations.leaderboards.definition_pages.tests.test_workshop_views import body, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside() -> Client:
    for key in ("one", "two"):
        make_criterion(key)
    make_definition("taylor", "one")
    client = Client()
    client.force_login(make_user("ada"))
    return client


TOLD = {
    "name": "a name of its own",
    "address": "/definitions/taylor/ is taken",
    "mark": "is marked by a curator, a moderator or staff",
    "year": "less than or equal to 2200",
    "statement": "This field is required",
    "rule": "The rule is not finished",
    "reading": "say what your rule counts",
}


def told(response: Any) -> set[str]:
    page = body(response, 422)
    return {name for name, words in TOLD.items() if words in page}


def test_all_faults_of_one_form_are_told_together(inside: Client) -> None:
    wrong = typed(press="publish", name="NAME of taylor", slug="taylor", verification="read")
    assert told(inside.post("/definitions/new/", wrong)) == {"name", "address", "mark"}
    wrong |= {"statement": ""}
    assert told(inside.post("/definitions/new/", wrong)) == {
        "name", "address", "mark", "statement"
    }  # fmt: skip
    unfinished = typed({"all": ["one", {"any": []}]}, press="publish", slug="taylor", year="9999")
    assert told(inside.post("/definitions/new/", unfinished)) == {"rule", "address", "year"}
    assert Definition.objects.count() == 1


def test_a_draft_is_asked_for_no_name_that_only_publishing_wants(inside: Client) -> None:
    draft = typed(press="save", name="Name of Taylor", slug="taylor")
    assert told(inside.post("/definitions/new/", draft)) == {"address"}
    assert inside.post("/definitions/new/", draft | {"slug": "own"}).status_code == 302
    publish = draft | {"press": "publish", "verification": "read", "statement": ""}
    assert told(inside.post("/definitions/own/edit/", publish)) == {"name", "mark", "statement"}


def test_a_fork_and_an_amendment_hear_of_the_old_sentence_with_the_rest(inside: Client) -> None:
    stale = typed("two", reading="Reading of taylor.", statement="", press="publish")
    fork = stale | {"slug": "taylor"}
    assert told(inside.post("/definitions/taylor/fork/", fork)) == {
        "address", "reading", "statement"
    }  # fmt: skip
    amended = stale | {"press": "save", "reason": "Clearer."}
    assert told(inside.post("/definitions/taylor/amend/", amended)) == {"reading", "statement"}
