"""Votes, stances and reactions by the pages."""

from typing import Any

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.debates import voting_views
from evaluations.debates.models import Stance, Statement, Vote
from evaluations.debates.tests.cast import (
    SAYS,
    make_statement,
    make_version,
    next_version,
)
from evaluations.debates.vote_actions import vote
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    return make_version()


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def signed_in(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def sent(version: DefinitionVersion, **fields: Any) -> dict[str, Any]:
    return {"version": version.number, "kind": "question", "text": SAYS, **fields}


def test_a_vote_by_htmx_is_answered_by_the_statement_alone(
    signed_in: Client, version: DefinitionVersion
) -> None:
    made = make_statement(version)
    page = signed_in.post(
        f"/statements/{made.pk}/vote/", {"press": "useful"}, headers={"HX-Request": "true"}
    )
    text = page.content.decode()
    assert page.status_code == 200
    assert "<html" not in text
    assert f'id="statement-{made.pk}"' in text
    assert "1 of 1 find it useful" in text
    assert "Your vote is counted." in text


def test_a_vote_without_scripts_comes_back_to_the_statement(
    signed_in: Client, version: DefinitionVersion
) -> None:
    made = make_statement(version)
    back = signed_in.post(f"/statements/{made.pk}/vote/", {"press": "agree", "back": "debate"})
    assert back["Location"] == f"/debates/taylor/v/1/#statement-{made.pk}"
    page = text_of(signed_in.get("/debates/taylor/?all=scope"))
    assert f'action="/statements/{made.pk}/vote/?all=scope"' in page
    sent = {"press": "agree", "back": "debate"}
    back = signed_in.post(f"/statements/{made.pk}/vote/?all=scope", sent)
    assert back["Location"] == f"/debates/taylor/v/1/?all=scope#statement-{made.pk}"
    for _ in range(2):
        signed_in.post(f"/statements/{made.pk}/vote/", {"press": "useful"})
    assert Vote.objects.count() == 2
    now = Vote.objects.current().get()
    assert (now.useful, now.agreement) == (True, "agree")
    signed_in.post(f"/statements/{made.pk}/vote/", {"press": "take-back"})
    assert not Vote.objects.current().exists()


def test_a_refused_vote_says_why(signed_in: Client, version: DefinitionVersion, ada: User) -> None:
    made = make_statement(version, ada)
    page = signed_in.post(f"/statements/{made.pk}/vote/", {"press": "useful"})
    assert page.status_code == 409
    assert "your own statement" in page.content.decode()
    empty = signed_in.post(
        f"/statements/{make_statement(version, text='Or not, that is it?').pk}/vote/"
    )
    assert empty.status_code == 409


def test_a_stance_is_asked_once_and_a_change_may_be_credited(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    made = make_statement(version)
    page = text_of(signed_in.get("/debates/taylor/"))
    assert "How others stand is shown once you said where you do" in page
    signed_in.post("/debates/taylor/v/1/stance/", {"value": "use"})
    signed_in.post("/debates/taylor/v/1/stance/", {"value": "reject", "because": made.pk})
    assert Stance.objects.current().get().because == made
    assert "Changed 1 mind" in text_of(signed_in.get("/debates/taylor/"))


def test_after_five_votes_one_is_asked_what_is_missing(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    for number in range(5):
        assert "What is missing?" not in text_of(signed_in.get("/debates/taylor/"))
        made = make_statement(version, text=f"Question number {number} of very many?")
        vote(statement=made, voter=ada, agreement="unsure")
    assert "What is missing?" in text_of(signed_in.get("/debates/taylor/"))


def test_reactions_hang_on_words(
    signed_in: Client, version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_statement(version)
    address = f"/statements/{made.pk}/react/"
    signed_in.post(address, {"kind": "define", "quote": "no conclusion"})
    page = text_of(signed_in.get(made.get_absolute_url()))
    assert '<strong>Say what this means</strong>: <q dir="auto">no conclusion</q>' in page
    refused = signed_in.post(address, {"kind": "checked", "quote": "", "link": "example.org"})
    assert refused.status_code == 409
    assert 'value="example.org"' in refused.content.decode()
    nowhere = signed_in.post(address, {"kind": "crux", "quote": "nowhere"})
    assert "do not stand in the statement" in nowhere.content.decode()
    with monkeypatch.context() as spent:
        spent.setattr(voting_views, "refusal", lambda *_: "No more today.")
        typed = {"kind": "crux", "quote": "at all", "link": ""}
        tomorrow = signed_in.post(address, typed)
    assert tomorrow.status_code == 429
    assert "No more today." in tomorrow.content.decode().partition("error-summary")[2]
    assert 'value="at all"' in tomorrow.content.decode()
    signed_in.post(address, {"press": "take-back:define"})
    assert "<strong>Say what this means" not in text_of(signed_in.get(made.get_absolute_url()))


def test_still_holds_is_asked_of_authors_and_answered_by_a_press(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    made = make_statement(version, ada, "What would count as a conclusion?")
    second = next_version(version, {"not": "one"})
    page = text_of(signed_in.get("/debates/taylor/"))
    assert "Does it still hold?" in page
    signed_in.post(f"/statements/{made.pk}/carry/")
    assert Statement.objects.get(version=second).carried_from == made
    assert "Does it still hold?" not in text_of(signed_in.get("/debates/taylor/"))
