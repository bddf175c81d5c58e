"""The list of protocols, a protocol's page, its versions, and joining by invitation link."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.accounts.models import Role, User
from evaluations.judgments.models import Block, Judge, Judgment, Member, Protocol
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
    make_user,
)
from evaluations.judgments.tests.form import text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

pytestmark = pytest.mark.django_db


@pytest.fixture
def block() -> Block:
    make_criterion("sound")
    return make_block("sound")


def draft(slug: str, **fields: Any) -> Protocol:
    protocol = make_protocol(slug, **fields).protocol
    Protocol.objects.filter(pk=protocol.pk).update(opened_at=None)
    return protocol


def test_without_a_protocol_the_list_says_what_to_do(client: Client, researcher: User) -> None:
    assert "none is open now" in text_of(client.get("/protocols/"))
    client.force_login(researcher)
    page = text_of(client.get("/protocols/"))
    assert "Nobody has opened one" in page
    assert 'href="/protocols/new/"' in page


def test_the_list_shows_progress_a_way_to_judge_and_ones_own_drafts(
    client: Client, researcher: User, block: Block
) -> None:
    version = make_protocol("first", blocks=(block,), judges_per_item=2)
    make_item(version, make_output(), done=1)
    make_item(version, make_output())
    make_item(version, make_output(), is_gold=True, done=9)
    pairs = make_protocol("pairs", subject="pair")
    make_item(pairs, pair=(make_output(), make_output()))
    make_protocol("members", access="invited", blocks=(block,))
    ended = make_protocol("ended", blocks=(block,)).protocol
    Protocol.objects.filter(pk=ended.pk).update(closed_at=timezone.now())
    draft("mine", owner=researcher, blocks=(block,))
    draft("theirs", owner=make_user("other", role=Role.RESEARCHER), blocks=(block,))

    page = text_of(client.get("/protocols/"))
    assert '<progress max="4" value="1"' in page
    assert 'href="/judge/?protocol=first"' in page
    assert 'href="/judge/pair/?protocol=pairs"' in page
    assert "?protocol=members" not in page
    assert "by invitation" in page
    assert "?protocol=ended" not in page
    assert "Protocol ended" in page
    assert "Protocol mine" not in page
    assert "Protocol theirs" not in page

    client.force_login(researcher)
    page = text_of(client.get("/protocols/"))
    assert "Protocol mine" in page
    assert "Protocol theirs" not in page
    client.force_login(make_user("staff", is_staff=True))
    assert "Protocol theirs" in text_of(client.get("/protocols/"))


def test_members_find_the_way_to_judge_by_invitation(client: Client, block: Block) -> None:
    judge = make_judge()
    protocol = make_protocol("members", access="invited", blocks=(block,)).protocol
    client.force_login(judge.user)
    assert "?protocol=members" not in text_of(client.get("/protocols/"))
    Member.objects.create(protocol=protocol, judge=judge)
    assert "?protocol=members" in text_of(client.get("/protocols/"))


def test_the_same_numbers_as_csv_and_json(client: Client, block: Block) -> None:
    version = make_protocol("first", blocks=(block,), judges_per_item=2)
    item = make_item(version, make_output(), done=1)
    Judgment.objects.create(judge=make_judge(), output=item.output, item=item)
    draft("hidden", blocks=(block,))
    (row,) = csv.DictReader(io.StringIO(text_of(client.get("/protocols.csv"))))
    assert (row["protocol"], row["items"], row["done"], row["needed"], row["judges"]) == (
        "first", "1", "1", "2", "1",
    )  # fmt: skip
    (entry,) = client.get("/protocols.json").json()["protocols"]
    assert (entry["state"], entry["subject"], entry["page"]) == (
        "open", "output", "/protocols/first/",
    )  # fmt: skip


def test_queries_of_the_list_do_not_grow(client: Client, block: Block, researcher: User) -> None:
    client.force_login(researcher)
    judge = Judge.objects.create(kind="person", user=researcher)

    def more(n: int) -> int:
        for access in ("anyone", "invited"):
            version = make_protocol(f"{access}-{n}", access=access, blocks=(block,))
            make_item(version, make_output())
            Member.objects.create(protocol=version.protocol, judge=judge)
        with CaptureQueriesContext(connection) as queries:
            client.get("/protocols/")
        return len(queries)

    more(1)
    assert more(2) == more(3)


# One protocol ------------------------------------------------------------------------------------


def test_a_page_says_what_is_asked_hidden_and_done(client: Client, block: Block) -> None:
    definition = make_definition("mine", "sound")
    version = make_protocol(
        "first", blocks=(block,), definitions=(definition,), steps="first-error",
        asks_holistic=True, shows_source=False, judges_per_item=2,
        selection={"models": ["babbler"], "sample": 1000, "seed": 7},
    )  # fmt: skip
    item = make_item(version, make_output(), done=1)
    Judgment.objects.create(judge=make_judge(), output=item.output, item=item)
    page = text_of(client.get("/protocols/first/"))
    for words in (
        "Question about sound?", "Name of mine", "The first step of the working with an error",
        "would you call this reasoning?", "which model wrote it",
        "name and source of the definitions", "babbler", "1,000 at random, seed 7",
        '<progress max="2" value="1"', 'href="/judge/?protocol=first"',
        'href="/protocols/first/v/1/"', "<dt>Judges so far</dt><dd class=\"numbers\">1</dd>",
    ):  # fmt: skip
        assert words in page, words
    assert "Invitation link" not in page
    assert str(version.protocol.invitation) not in page


def test_a_protocol_about_prompts_asks_only_what_concerns_them(client: Client) -> None:
    make_criterion("sound")
    make_criterion("open-ended", level="prompt")
    make_protocol("asked", subject="prompt", blocks=(make_block("sound", "open-ended"),))
    page = text_of(client.get("/protocols/asked/"))
    assert "Question about open-ended?" in page
    assert "Question about sound?" not in page
    assert 'href="/judge/prompt/?protocol=asked"' in page


def test_each_version_has_a_page_of_its_own(client: Client, block: Block) -> None:
    version = make_protocol("first", blocks=(block,))
    version.is_current = False
    version.save()
    protocol = version.protocol
    protocol.versions.create(number=2, asks_holistic=True)
    old, new = client.get("/protocols/first/v/1/"), client.get("/protocols/first/")
    assert "This is version 1" in text_of(old)
    assert "Question about sound?" in text_of(old)
    assert "Question about sound?" not in text_of(new)
    assert client.get("/protocols/first/v/2/").status_code == 200
    assert client.get("/protocols/first/v/3/").status_code == 404


def test_those_who_may_not_judge_are_told_why(client: Client, block: Block) -> None:
    make_protocol("signed", access="signed-in", blocks=(block,))
    make_protocol("members", access="invited", blocks=(block,))
    page = text_of(client.get("/protocols/signed/"))
    assert "sign in or sign up first" in page
    assert "/accounts/login/?next=/protocols/signed/" in page
    assert "/judge/?protocol" not in page
    assert "open the invitation link" in text_of(client.get("/protocols/members/"))


def test_a_draft_is_for_its_owner_staff_and_members(
    client: Client, researcher: User, block: Block
) -> None:
    protocol = draft("mine", owner=researcher, blocks=(block,))
    make_output()
    assert client.get("/protocols/mine/").status_code == 404
    for user in (researcher, make_user("staff", is_staff=True)):
        client.force_login(user)
        page = text_of(client.get("/protocols/mine/"))
        assert "<strong>1 output</strong>" in page
    judge = make_judge()
    client.force_login(judge.user)
    assert client.get("/protocols/mine/").status_code == 404
    Member.objects.create(protocol=protocol, judge=judge)
    assert client.get("/protocols/mine/").status_code == 200
    assert client.get("/protocols/unknown/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/protocols/plan/", "/protocols/plan/v/1/", "/protocols/plan/progress/",
        "/protocols/plan/progress/judges.csv", "/protocols/plan/adjudicate/",
        "/protocols/plan/comparisons.json", "/protocols/plan/opinions/",
        "/judge/?protocol=plan", "/judge/pair/?protocol=plan", "/judge/prompt/?protocol=plan",
    ],
)  # fmt: skip
def test_strangers_do_not_read_the_title_of_a_draft(
    client: Client, block: Block, path: str
) -> None:
    Protocol.objects.filter(pk=draft("plan", blocks=(block,)).pk).update(title="A secret plan")
    for role in ("", "researcher"):
        if role:
            client.force_login(make_user("stranger", role=role))
        response = client.get(path, follow=True)
        assert response.status_code in (403, 404)
        assert "secret" not in text_of(response).lower(), role


def test_the_owner_opens_and_closes(client: Client, researcher: User, block: Block) -> None:
    protocol = draft("mine", owner=researcher, blocks=(block,))
    client.force_login(researcher)
    page = text_of(client.get("/protocols/mine/"))
    assert f"/protocols/join/{protocol.invitation}/" in page
    assert 'href="/protocols/mine/gold/"' in page
    assert "Nothing matches" in text_of(client.post("/protocols/mine/open/", follow=True))
    make_output()
    opened = text_of(client.post("/protocols/mine/open/", follow=True))
    assert "Open: 1 output to judge." in opened
    assert 'href="/judge/?protocol=mine"' in opened
    closed = text_of(client.post("/protocols/mine/close/", follow=True))
    assert "Everything that was answered stays" in closed
    assert "Open again" in closed
    assert client.get("/protocols/mine/open/").status_code == 405


@pytest.mark.parametrize("name", ["open", "close"])
def test_others_do_not(client: Client, block: Block, name: str) -> None:
    protocol = make_protocol("mine", blocks=(block,)).protocol
    for user in (None, make_user(), make_user("rival", role=Role.RESEARCHER)):
        if user is not None:
            client.force_login(user)
        assert client.post(f"/protocols/mine/{name}/").status_code == 403
    protocol.refresh_from_db()
    assert protocol.is_open


# Joining -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("signed_in", [False, True])
def test_an_invitation_is_shown_then_taken(client: Client, block: Block, signed_in: bool) -> None:
    if signed_in:
        client.force_login(make_user())
    protocol = make_protocol("members", access="invited", blocks=(block,)).protocol
    link = f"/protocols/join/{protocol.invitation}/"
    page = text_of(client.get(link))
    assert "First questions: 1 question" in page
    assert ("join as a guest" in page) is not signed_in
    assert not Member.objects.exists()
    joined = client.post(link, follow=True)
    assert joined.redirect_chain == [("/protocols/members/", 303)]
    assert 'href="/judge/?protocol=members"' in text_of(joined)
    client.post(link)
    assert Member.objects.get().judge.kind == ("person" if signed_in else "guest")
    assert "joined already" in text_of(client.get(link))


def test_a_wrong_or_late_invitation_is_refused(client: Client, block: Block) -> None:
    assert client.get("/protocols/join/5f0d3e3c-1111-4222-8333-444455556666/").status_code == 404
    protocol = make_protocol("members", access="invited", blocks=(block,)).protocol
    Protocol.objects.filter(pk=protocol.pk).update(closed_at=timezone.now())
    link = f"/protocols/join/{protocol.invitation}/"
    assert "nobody can join it" in text_of(client.get(link))
    assert "is closed" in text_of(client.post(link))
    assert not Member.objects.exists()


def test_queries_of_a_page_do_not_grow(client: Client, researcher: User, block: Block) -> None:
    version = make_protocol("first", owner=researcher, blocks=(block,))
    client.force_login(researcher)

    def more(n: int) -> int:
        item = make_item(version, make_output(prompt=make_prompt()))
        Judgment.objects.create(judge=make_judge(), output=item.output, item=item)
        version.protocol.versions.create(number=n + 1, is_current=False)
        with CaptureQueriesContext(connection) as queries:
            client.get("/protocols/first/")
        return len(queries)

    more(1)
    assert more(2) == more(3)
