"""History, differences, amendments and one's own definitions as pages."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from evaluations.accounts.models import User
from evaluations.definitions import views
from evaluations.definitions.actions import draft_definition, publish_version
from evaluations.definitions.models import Definition, DefinitionVersion, Proposal
from evaluations.definitions.moves import MOVES
from evaluations.definitions.proposal_actions import propose_amendment
from evaluations.definitions.tests.cast import (
    make_criteria,
    make_draft,
    make_published,
    make_user,
    wording,
)
from evaluations.definitions.workshop_actions import RESERVED

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    make_criteria()
    return make_user("ada")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, (url, response.status_code)
    return response.content.decode()


def next_version(definition: Definition, **changes: object) -> DefinitionVersion:
    note = str(changes.pop("change_note", ""))
    draft = draft_definition(
        definition=definition, author=definition.owner, change_note=note, **wording(**changes)
    )
    return publish_version(version=draft, actor=definition.owner)


def propose(base: DefinitionVersion, proposer: User, **changes: object) -> Proposal:
    said = wording(**(changes or {"statement": "drawing a conclusion from observations"}))
    return propose_amendment(base=base, proposer=proposer, reason="Too <b>wide</b>.", wording=said)


def test_reserved_words_lead_elsewhere() -> None:
    for word in ("new", "mine", "moves"):
        assert resolve(f"/definitions/{word}/").view_name not in {"definition", ""}
    assert resolve("/definitions/taylor/what-if/").view_name == "what-if"
    for word in ("between", "others", "pairwise", "snapshots"):
        assert word in resolve(f"/leaderboards/{word}/").view_name
    elsewhere = {"between", "others", "snapshots", "pairwise", "what-if"}
    for word in RESERVED - elsewhere - {"new", "mine", "moves", "compare", "fidelity", "map", "v"}:
        found = resolve(f"/definitions/taylor/{word}/").view_name
        assert word in found, word


def test_the_table_of_moves_is_the_one_that_decides(client: Client) -> None:
    page = text(client, "/definitions/moves/")
    rows = client.get("/definitions/moves.json").json()["moves"]
    assert len(rows) == len(MOVES)
    for move, row in zip(MOVES, rows, strict=True):
        assert row["verb"] == move.verb
        assert (row["before"], row["after"], row["who"]) == (move.before, move.after, move.who)
        words = f'{move.verb}<br> <small class="muted">from {move.before.label} to '
        cells = page.partition(f"{words}{move.after.label}</small></th>")[2].partition("</tr>")[0]
        assert f"<td>{move.who}</td><td>{move.meaning}</td>" in cells
    read = list(csv.DictReader(io.StringIO(text(client, "/definitions/moves.csv"))))
    assert read == rows
    assert 'href="/definitions/moves/"' in text(client, "/about/method/")


def test_the_history_says_who_when_what_and_why(ada: User, client: Client) -> None:
    first = make_published(ada)
    next_version(first.definition, statement="drawing a conclusion from observations",
                 rule={"any": ["one", "two"]}, change_note="One is enough.")  # fmt: skip
    page = text(client, "/definitions/taylor/history/")
    for piece in (
        "Version 2", "in force", "by ada", "One is enough.", "Changed: Statement, Rule.",
        "taken out: </span>conclusions</del>", "put in: </span>a conclusion</ins>",
        'href="/definitions/taylor/diff/?a=1&amp;b=2"', "draft → published", "its owner and staff",
    ):  # fmt: skip
        assert piece in page, piece
    assert "Retire" not in page.partition("Who may change")[0]
    (newest, oldest) = csv.DictReader(io.StringIO(text(client, "/definitions/taylor/history.csv")))
    assert (newest["version"], newest["author"], newest["changed"]) == (
        "2", "ada", "Statement; Rule",
    )  # fmt: skip
    assert json.loads(oldest["rule"]) == {"all": ["one", "two"]}
    entries = client.get("/definitions/taylor/history.json").json()["versions"]
    assert [entry["version"] for entry in entries] == [2, 1]


def test_drafts_are_seen_by_their_owner_and_staff_alone(ada: User, client: Client) -> None:
    make_draft(ada, "Secret", statement="hidden words")
    first = make_published(ada)
    draft_definition(definition=first.definition, author=ada, **wording(statement="not yet"))
    outside = [
        "/definitions/taylor/history/", "/definitions/taylor/history.csv",
        "/definitions/taylor/history.json", "/definitions/taylor/diff/",
        "/definitions/taylor/proposals/",
    ]  # fmt: skip
    for visitor in (client, signed_in(make_user("bob"))):
        for url in outside:
            assert "not yet" not in text(visitor, url)
        text(visitor, "/definitions/taylor/diff/?a=1&b=2", 404)
        for page in ("history", "diff", "proposals"):
            assert "hidden words" not in text(visitor, f"/definitions/secret/{page}/", 404)
    for insider in (signed_in(ada), signed_in(make_user("staff", is_staff=True))):
        assert "put in: </span>not yet" in text(insider, "/definitions/taylor/diff/?a=1&b=2")
        assert "hidden words" in text(insider, "/definitions/secret/history/")
    assert "not yet" not in text(signed_in(ada), "/definitions/taylor/history.json")


def test_a_difference_in_words_as_tree_and_as_json(ada: User, client: Client) -> None:
    first = make_published(ada, statement="<script>was</script>")
    next_version(first.definition, statement="<script>is</script>", rule={"not": "one"})
    page = text(client, "/definitions/taylor/diff/?a=1&b=2")
    assert "&lt;script&gt;" in page
    assert "<script>is" not in page
    assert 'class="rule-tree"' in page
    assert "<ins>+   &quot;not&quot;: &quot;one&quot;</ins>" in page
    assert "From version 1 to version 2" in text(client, "/definitions/taylor/diff/")
    turned = text(client, "/definitions/taylor/diff/?a=2&b=1")
    assert "taken out: </span>is</del>" in turned
    for query in ("a=1&b=9", "a=x", "b=%00", "a=99999999999999999999"):
        text(client, f"/definitions/taylor/diff/?{query}", 404)
    text(client, "/definitions/nobody/diff/", 404)


def test_one_version_has_no_difference(ada: User, client: Client) -> None:
    make_published(ada)
    assert "only this version" in text(client, "/definitions/taylor/diff/")


def test_ones_own_definitions(ada: User, client: Client) -> None:
    assert client.get("/definitions/mine/").status_code == 302
    inside = signed_in(ada)
    assert "You have not written one yet" in text(inside, "/definitions/mine/")
    make_draft(ada, "Draft")
    version = make_published(ada)
    bob = make_user("bob")
    propose(version, bob)
    page = text(inside, "/definitions/mine/")
    assert "Waiting for your decision" in page
    assert 'action="/definitions/draft/publish/"' in page
    assert 'action="/definitions/taylor/publish/"' not in page
    page = text(signed_in(bob), "/definitions/mine/")
    assert "Amendments that you proposed" in page
    assert "Waiting for your decision" not in page


@pytest.mark.parametrize("press", ["publish", "discard", "retire", "restore", "merge"])
def test_only_owners_and_staff_press_the_buttons(ada: User, client: Client, press: str) -> None:
    version = make_published(ada)
    draft_definition(definition=version.definition, author=ada, **wording(note="x"))
    url = f"/definitions/taylor/{press}/"
    assert client.post(url).status_code == 302
    assert "/accounts/login/" in client.post(url)["Location"]
    assert signed_in(make_user("bob")).post(url, {"into": "taylor"}).status_code == 403
    if press != "merge":
        assert signed_in(ada).get(url).status_code == 405
    assert version.definition.versions.filter(state="draft").count() == 1


def test_publishing_discarding_retiring_and_restoring(ada: User, client: Client) -> None:
    make_draft(ada)
    inside = signed_in(ada)
    assert inside.post("/definitions/taylor/publish/").status_code == 302
    assert DefinitionVersion.objects.published().count() == 1
    assert inside.post("/definitions/taylor/publish/").status_code == 404
    inside.post("/definitions/taylor/retire/", {"reason": "Old."})
    assert not DefinitionVersion.objects.published().exists()
    assert "published → retired, by ada: Old." in text(client, "/definitions/taylor/history/")
    response = inside.post("/definitions/taylor/retire/", follow=True)
    assert "this is retired" in response.content.decode()
    inside.post("/definitions/taylor/restore/")
    assert DefinitionVersion.objects.published().count() == 1
    make_draft(ada, "Another")
    inside.post("/definitions/another/discard/")
    assert not Definition.objects.filter(slug="another").exists()


def test_merging_keeps_what_was_typed_when_it_is_refused(ada: User, client: Client) -> None:
    make_published(ada)
    make_published(None, "Peirce")
    make_draft(ada, "Draft")
    inside = signed_in(ada)
    for into in ("", "taylor", "draft", "nobody"):
        response = inside.post("/definitions/taylor/merge/", {"into": into, "reason": "Same."})
        assert response.status_code == 422
        assert 'value="Same."' in response.content.decode()
    inside.post("/definitions/taylor/merge/", {"into": "peirce", "reason": "Same."})
    page = text(client, "/definitions/taylor/history/")
    assert 'merged into <a href="/definitions/peirce/">Peirce</a>' in page
    assert "Restore" not in text(inside, "/definitions/taylor/history/").partition("Who may")[0]


def test_an_amendment_from_question_to_acceptance(ada: User, client: Client) -> None:
    version = make_published(ada)
    bob = make_user("bob")
    propose(version, bob)
    url = "/definitions/taylor/proposals/1/"
    page = text(client, url)
    assert "Too &lt;b&gt;wide&lt;/b&gt;." in page
    assert "put in: </span>a conclusion</ins>" in page
    assert 'value="accept"' not in page
    owner, proposer = signed_in(ada), signed_in(bob)
    assert 'value="accept"' in text(owner, url)
    page = text(proposer, url)
    assert 'value="withdraw"' in page
    assert 'value="accept"' not in page
    assert owner.post(url, {"press": "ask", "text": "Why?"}).status_code == 302
    assert proposer.post(url, {"press": "answer", "text": "Because."}).status_code == 302
    page = text(client, url)
    assert page.index("Why?") < page.index("Because.")
    assert owner.post(url, {"press": "accept", "against": version.pk}).status_code == 302
    assert "made version 2" in text(client, "/definitions/taylor/proposals/")
    history = text(client, "/definitions/taylor/history/")
    assert "by bob" in history
    assert "proposed as amendment 1" in history
    response = owner.post(url, {"press": "accept", "against": version.pk, "text": "once more"})
    assert response.status_code == 422
    assert "accepted already" in response.content.decode()
    (row,) = csv.DictReader(io.StringIO(text(client, "/definitions/taylor/proposals.csv")))
    (entry,) = client.get("/definitions/taylor/proposals.json").json()["proposals"]
    assert (row["state"], row["proposer"], entry["version"]) == ("accepted", "bob", 2)


def test_a_refused_decision_keeps_what_was_typed(ada: User, client: Client) -> None:
    version = make_published(ada)
    propose(version, make_user("bob"))
    url = "/definitions/taylor/proposals/1/"
    owner = signed_in(ada)
    for data in (
        {"press": "ask", "text": ""}, {"press": "decline"}, {"press": "dance", "text": "x"},
        {"press": "ask", "text": "x" * 4001}, {},
    ):  # fmt: skip
        assert owner.post(url, data).status_code == 422
    next_version(version.definition, note="in between")
    response = owner.post(
        url, {"press": "accept", "text": "fine & good", "against": str(version.pk)}
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "Version 2 came into force" in page
    assert "fine &amp; good</textarea>" in page
    assert "also undoes what came since" in page
    assert client.post(url, {"press": "accept"}).status_code == 403
    assert signed_in(make_user("carl")).post(url, {"press": "accept"}).status_code == 403
    assert signed_in(make_user("dora")).post(url, {"press": "withdraw"}).status_code == 403


def test_an_empty_list_of_amendments_invites_one(ada: User, client: Client) -> None:
    make_published(ada)
    page = text(client, "/definitions/taylor/proposals/")
    assert "Nobody has proposed one yet" in page
    assert 'href="/definitions/taylor/amend/"' in page


def queries_of(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        read()
    return len(seen)


@pytest.mark.parametrize("page", ["history/", "history.csv", "diff/", "proposals/", "mine"])
def test_queries_stay_constant(ada: User, page: str) -> None:
    first = make_published(ada)
    inside = signed_in(ada)
    bob = make_user("bob")
    url = "/definitions/mine/" if page == "mine" else f"/definitions/taylor/{page}"

    def grow(count: int) -> None:
        current = first.definition.versions.in_force().get()
        for _ in range(count):
            current = next_version(first.definition, note=f"{current.number}")
            propose(current, make_user(f"user-{current.number}"))
            make_published(ada, f"Other {current.number}")
            propose(current, bob, note="bob's")

    grow(1)
    inside.get(url)
    few = queries_of(lambda: inside.get(url))
    grow(3)
    inside.get(url)  # What is new to somebody is counted once a minute.
    assert queries_of(lambda: inside.get(url)) == few


def test_a_long_history_has_pages(
    ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each version says what it changed, also the last of a page; the files have all."""
    monkeypatch.setattr(views, "VERSIONS_A_PAGE", 2)
    first = make_published(ada)
    for number in range(2, 6):
        next_version(first.definition, statement=f"Statement {number}.")
    seen = []
    for page in ("1", "2", "3"):
        response = client.get("/definitions/taylor/history/", {"page": page})
        seen += [
            (version.number, changes.changed if changes else None)
            for version, _, changes in response.context["steps"]
        ]
        assert f"Page {page} of 3" in response.content.decode()
    assert seen == [(5, True), (4, True), (3, True), (2, True), (1, None)]
    assert len(client.get("/definitions/taylor/history.json").json()["versions"]) == 5
