"""Writing a definition, forking, editing and amending, with the rule's editor and preview."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.accounts.models import User
from evaluations.definitions import rule_form
from evaluations.definitions.catalogue.gaps import worked_cases
from evaluations.definitions.models import Definition, DefinitionVersion, Proposal
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    for key in ("one", "two"):
        make_criterion(key)
    make_criterion("stays-stable", level="set", answered_by="probe")
    return make_user("ada")


@pytest.fixture
def inside(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def typed(rule: Any = None, **changes: str) -> dict[str, str]:
    """A complete form, as a browser posts it; without a rule "all of one and two"."""
    return {
        "name": "Ada's own",
        "slug": "",
        "kind": "definition",
        "statement": "drawing conclusions",
        "reading": "Counts what has one and two.",
        "absence_policy": "may-be-latent",
        "partly_policy": "not-met",
        "verification": "unverified",
        **rule_form.fields(rule or {"all": ["one", "two"]}),
        **changes,
    }


def body(response: Any, status: int = 200) -> str:
    page: str = response.content.decode()
    assert response.status_code == status, page
    return page


def test_a_visitor_is_asked_to_sign_in_and_comes_back(ada: User, client: Client) -> None:
    make_definition("taylor", "one")
    for url in ("/definitions/new/", "/definitions/taylor/fork/?rule=%22two%22",
                "/definitions/taylor/amend/", "/definitions/taylor/edit/"):  # fmt: skip
        response = client.get(url)
        assert response.status_code == 302
        assert urlencode({"next": url}, safe="/") in response["Location"]


def test_writing_saving_and_publishing(inside: Client, client: Client) -> None:
    page = body(inside.get("/definitions/new/"))
    assert "Choose a criterion" in page
    assert "cannot be used yet" not in page
    response = inside.post("/definitions/new/", typed(press="save", quoted="on"))
    assert response["Location"] == "/definitions/adas-own/edit/"
    draft = DefinitionVersion.objects.get()
    assert (draft.rule, draft.state, draft.quoted) == ({"all": ["one", "two"]}, "draft", True)
    assert "Only you and staff can see this draft" in body(inside.get(response["Location"]))
    edited = typed({"any": ["one"]}, press="publish", change_note="Wider.")
    assert (
        inside.post("/definitions/adas-own/edit/", edited)["Location"] == "/definitions/adas-own/"
    )
    draft.refresh_from_db()
    assert (draft.rule, draft.state, draft.change_note) == ({"any": ["one"]}, "published", "Wider.")
    assert "drawing conclusions" in body(client.get("/definitions/adas-own/"))


def test_a_refused_form_keeps_all_that_was_typed(inside: Client) -> None:
    wrong = typed(
        {"all": ["one", {"at_least": 3, "of": ["two"]}]},
        press="save",
        statement="kept <words>",
        link="http://example.org/",
        **{"new:0": "two"},
    )
    page = body(inside.post("/definitions/new/", wrong), 422)
    for piece in (
        "kept &lt;words&gt;</textarea>", 'value="http://example.org/"', "begins with https://",
        'value="3"', "from 1 to 1", "The rule is not finished",
        '<option value="two" selected>',
    ):  # fmt: skip
        assert piece in page, piece
    assert not Definition.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "New"}, "is a word that addresses here need"),
        ({"slug": "taken"}, "/definitions/taken/ is taken"),
        ({"name": "推理"}, "write the address yourself"),
        ({"year": "99999"}, "less than or equal to 2200"),
        ({"statement": ""}, "This field is required"),
        ({"reading": "a\0b"}, "Null characters are not allowed"),
        ({"kind": "slogan"}, "Select a valid choice"),
    ],
)
def test_what_is_refused_says_why(inside: Client, changes: dict[str, str], words: str) -> None:
    make_definition("taken", "one")
    page = body(inside.post("/definitions/new/", typed(press="save", **changes)), 422)
    assert words in page
    assert Definition.objects.count() == 1


def test_buttons_of_the_rule_show_the_form_again_without_complaints(inside: Client) -> None:
    data = typed(press="add-criterion:0", statement="", name="", **{"new:0": "stays-stable"})
    page = body(inside.post("/definitions/new/", data))
    assert 'name="key:0.2" value="stays-stable"' in page
    assert "This field is required" not in page
    assert "<!doctype html>" in page
    fragment = body(inside.post("/definitions/new/", data, headers={"HX-Request": "true"}))
    assert fragment.strip().startswith('<div class="stack" id="workshop">')
    assert 'name="key:0.2" value="stays-stable"' in fragment
    assert "In words: all of: one; two; and stays stable." in fragment


def test_an_unfinished_rule_says_where_it_is_wrong(inside: Client) -> None:
    data = typed({"all": ["one", {"any": []}]}, press="check")
    page = body(inside.post("/definitions/new/", data))
    assert 'href="#rule-0-1"' in page
    assert "needs at least one entry" in page
    assert "In words" not in page


def test_the_rule_as_json(inside: Client) -> None:
    page = body(inside.post("/definitions/new/", typed(press="mode-json")))
    assert 'name="rule-json"' in page
    data = typed(press="save", **{"rule-mode": "json", "rule-json": '{"any": ["one"'})
    page = body(inside.post("/definitions/new/", data), 422)
    assert "This is not JSON" in page
    assert "{&quot;any&quot;: [&quot;one&quot;</textarea>" in page
    data["rule-json"] = '{"any": ["one", {"not": "two"}]}'
    assert inside.post("/definitions/new/", data).status_code == 302
    assert DefinitionVersion.objects.get().rule == {"any": ["one", {"not": "two"}]}


def test_a_link_fills_fork_and_amendment(inside: Client) -> None:
    make_definition("taylor", {"all": ["one", "two"]}, statement="As said.", name="Taylor")
    query = urlencode(
        {"rule": json.dumps({"any": ["one"]}), "absence_policy": "must-be-shown",
         "partly_policy": "met", "statement": "As I say."}
    )  # fmt: skip
    for place in ("fork", "amend"):
        page = body(inside.get(f"/definitions/taylor/{place}/?{query}"))
        assert 'name="key:0.0" value="one"' in page
        assert 'name="key:0.1"' not in page
        assert "As I say.</textarea>" in page
        for value in ("must-be-shown", "met"):
            assert re.search(rf'value="{value}"[^>]* checked', page), value
        plain = body(inside.get(f"/definitions/taylor/{place}/?absence_policy=x&rule=%7B"))
        assert "As said.</textarea>" in plain
        assert "This is not JSON" in plain
    assert 'value="Fork of Taylor"' in body(inside.get("/definitions/taylor/fork/"))


def test_a_fork_says_where_it_comes_from(inside: Client, ada: User) -> None:
    source = make_definition("taylor", {"all": ["one", "two"]}, name="Taylor")
    inside.post("/definitions/taylor/fork/", typed("one", name="Fork of Taylor", press="publish"))
    fork = DefinitionVersion.objects.get(definition__slug="fork-of-taylor")
    assert (fork.forked_from, fork.definition.owner, fork.rule) == (source, ada, "one")
    assert Definition.objects.get(slug="taylor").owner is None


def test_an_amendment_is_proposed_with_its_reason(inside: Client, ada: User) -> None:
    version = make_definition("taylor", {"all": ["one", "two"]}, name="Taylor")
    url = "/definitions/taylor/amend/"
    page = body(inside.post(url, typed({"any": ["one"]}, press="save", statement="kept")), 422)
    assert "kept</textarea>" in page
    same = typed(press="save", reason="So.", statement=version.statement, quoted="on",
                 reading=version.reading)  # fmt: skip
    assert "Nothing was changed" in body(inside.post(url, same), 422)
    response = inside.post(url, {**same, "statement": "other"})
    assert response["Location"] == "/definitions/taylor/proposals/1/"
    proposal = Proposal.objects.get()
    assert (proposal.proposer, proposal.base, proposal.reason) == (ada, version, "So.")


def test_only_the_owner_and_staff_edit(inside: Client, client: Client) -> None:
    inside.post("/definitions/new/", typed(press="save"))
    client.force_login(make_user("bob"))
    for place in ("edit", "fork", "amend"):
        assert client.get(f"/definitions/adas-own/{place}/").status_code == 404
    assert client.post("/definitions/adas-own/edit/", typed(press="save")).status_code == 404
    inside.post("/definitions/adas-own/publish/")
    assert client.get("/definitions/adas-own/edit/").status_code == 403
    assert client.get("/definitions/adas-own/fork/").status_code == 200
    client.force_login(make_user("staff", is_staff=True))
    assert client.get("/definitions/adas-own/edit/").status_code == 200
    assert client.get("/definitions/nobody/edit/").status_code == 404


def test_the_next_version_starts_from_the_one_in_force(inside: Client) -> None:
    inside.post("/definitions/new/", typed(press="publish"))
    page = body(inside.get("/definitions/adas-own/edit/"))
    assert "Next version of" in page
    assert "drawing conclusions</textarea>" in page
    inside.post("/definitions/adas-own/edit/", typed("one", press="save"))
    assert list(DefinitionVersion.objects.values_list("number", "state")) == [
        (1, "published"), (2, "draft"),
    ]  # fmt: skip


def test_the_preview_shows_cases_shares_and_outputs(inside: Client) -> None:
    judge = make_judge()
    outputs = [make_output() for _ in range(4)]
    for output, value in zip(outputs, ("yes", "yes", "no", "cannot-tell"), strict=True):
        give(judge, output, {"one": value, "two": "yes"})
    page = body(inside.post("/definitions/new/", typed(press="check")))
    assert "The whole rule was asked on 4 outputs." in page
    assert ">50%<br>" in page
    for output in outputs:
        assert f'href="/outputs/{output.pk}/"' in page
    assert f"On {len(worked_cases())} cases" in page
    flipped = body(inside.post("/definitions/new/", typed({"not": "one"}, press="check")))
    assert ">25%<br>" in flipped


def test_the_preview_names_what_nobody_was_asked(inside: Client) -> None:
    give(make_judge(), make_output(), {"one": "yes"})
    page = body(inside.post("/definitions/new/", typed(press="check")))
    assert "On no output was the whole rule asked yet" in page
    assert '<a href="/criteria/two/">two</a>' in page
    assert '<a href="/criteria/one/">one</a>' not in page


def test_policies_are_part_of_the_preview(inside: Client) -> None:
    give(make_judge(), make_output(), {"one": "partly", "two": "yes"})
    assert ">0%<br>" in body(inside.post("/definitions/new/", typed(press="check")))
    met = typed(press="check", partly_policy="met")
    assert ">100%<br>" in body(inside.post("/definitions/new/", met))


def test_queries_stay_constant(inside: Client) -> None:
    judge = make_judge()

    def grow(count: int) -> None:
        for _ in range(count):
            give(judge, make_output(), {"one": "yes", "two": "no"})
            give(judge, make_output(), {"one": "yes", "two": "yes"})
            make_criterion(f"more-{Definition.objects.count()}-{make_output().pk}")

    def queries() -> int:
        inside.post("/definitions/new/", typed(press="check"))
        with CaptureQueriesContext(connection) as seen:
            inside.post("/definitions/new/", typed(press="check"))
        return len(seen)

    grow(2)
    few = queries()
    grow(8)
    assert queries() == few


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def test_the_second_of_two_windows_is_told_and_keeps_what_was_typed(inside: Client) -> None:
    inside.post("/definitions/new/", typed(slug="own", press="save"))
    url = "/definitions/own/edit/"
    first, second = (seen_on(body(inside.get(url))) for _ in range(2))
    assert first == second
    kept = typed(slug="own", press="save", statement="inferring with care", seen=first)
    assert inside.post(url, kept).status_code == 302
    late = typed("two", slug="own", press="save", statement="musing at length", seen=second)
    page = body(inside.post(url, late), 409)
    assert "saved in another window" in page
    assert "musing at length</textarea>" in page
    assert re.search(r"<del>.*inferring with care</del>", page)
    assert "The rule saved elsewhere: all of: one; and two." in page
    version = DefinitionVersion.objects.get(definition__slug="own")
    assert version.statement == "inferring with care"
    # The page now stands on what is stored: saving it again is meant.
    assert inside.post(url, late | {"seen": seen_on(page)}).status_code == 302
    version.refresh_from_db()
    assert (version.statement, version.rule) == ("musing at length", "two")


def test_checking_the_rule_keeps_what_the_form_was_opened_on(inside: Client) -> None:
    inside.post("/definitions/new/", typed(slug="own", press="save"))
    url = "/definitions/own/edit/"
    opened = seen_on(body(inside.get(url)))
    inside.post(url, typed(slug="own", press="save", statement="another", seen=opened))
    page = body(inside.post(url, typed(slug="own", press="check", seen=opened)))
    assert seen_on(page) == opened
    assert inside.post(url, typed(press="save", seen=seen_on(page))).status_code == 409


def test_a_sentence_about_the_old_rule_is_not_published(inside: Client) -> None:
    """A fork of another rule begins without it, and may be kept but not published with it."""
    source = make_definition("taylor", "one")
    Definition.objects.update(verification="read")
    rule = '{"all": ["one", "two"]}'
    page = inside.get("/definitions/taylor/fork/", {"rule": rule})
    assert page.context["form"]["reading"].value() == ""
    assert page.context["form"]["verification"].value() == "unverified"
    assert inside.get("/definitions/taylor/fork/").context["form"]["reading"].value() == (
        source.reading
    )
    stale = typed("two", slug="own", reading=source.reading)
    refused = body(inside.post("/definitions/taylor/fork/", stale | {"press": "publish"}), 422)
    assert "say what your rule counts" in refused
    assert not Definition.objects.filter(slug="own").exists()
    assert inside.post("/definitions/taylor/fork/", stale | {"press": "save"}).status_code == 302
    inside.post("/definitions/own/publish/")
    draft = DefinitionVersion.objects.get(definition__slug="own")
    assert draft.state == "draft", "nor by the button in the list of one's own"
    amended = typed("two", reading=source.reading, press="save", reason="Clearer.")
    assert "say what your rule" in body(inside.post("/definitions/taylor/amend/", amended), 422)


def test_what_belongs_to_the_definition_shows_at_once_and_says_so(inside: Client) -> None:
    inside.post("/definitions/new/", typed(slug="own", press="publish"))
    url = "/definitions/own/edit/"
    for author, told in (("Immanuel Kant", True), ("Immanuel Kant", False)):
        form = typed(seen=seen_on(body(inside.get(url))), press="save", author=author)
        page = body(inside.post(url, form, follow=True))
        assert ("they show now" in page) == told


def test_a_lone_criterion_can_be_joined_by_another(inside: Client) -> None:
    page = body(inside.get("/definitions/new/", {"rule": '"one"'}))
    assert 'value="add-criterion:0"' in page
    form = {"rule-mode": "form", "key:0": "one", "new:0": "two", "press": "add-criterion:0"}
    assert inside.post("/definitions/new/", form).context["editor"].draft.rule == {
        "all": ["one", "two"]
    }


@pytest.mark.parametrize("name", ["Tay\u200blor", "\u202eTaylor", "\u200b", "T\u3164"], ids=ascii)
def test_a_name_with_characters_that_nobody_sees_is_refused(inside: Client, name: str) -> None:
    page = body(inside.post("/definitions/new/", typed(name=name, press="save")), 422)
    assert "that nobody sees" in page or "nothing that anybody sees" in page
    assert not Definition.objects.exists()


def test_a_name_or_a_mark_that_is_refused_keeps_what_was_typed(inside: Client) -> None:
    make_definition("taylor", "one")
    form = typed(name="NAME of taylor", slug="own", press="publish", statement="drawing <them>")
    page = body(inside.post("/definitions/new/", form), 422)
    assert "/definitions/taylor/" in page
    assert "a name of its own" in page
    assert "drawing &lt;them&gt;</textarea>" in page
    claimed = form | {"name": "Own", "verification": "read"}
    page = body(inside.post("/definitions/new/", claimed), 422)
    assert "is marked by a curator, a moderator or staff" in page
    assert "drawing &lt;them&gt;</textarea>" in page
    assert not Definition.objects.filter(slug="own").exists()
    assert inside.post("/definitions/new/", form | {"press": "save"}).status_code == 302
    assert "a name of its own" in body(inside.post("/definitions/own/publish/", follow=True))


def test_a_curator_marks_a_wording_as_read_on_its_page(inside: Client) -> None:
    make_definition("taylor", "one")
    Definition.objects.update(verification="unverified")
    assert "check-wording" not in body(inside.get("/definitions/taylor/"))
    assert inside.post("/definitions/taylor/check/", {"read": "1"}).status_code == 403
    User.objects.filter(username="ada").update(role="curator")
    assert "Mark the wording as read" in body(inside.get("/definitions/taylor/"))
    page = body(inside.post("/definitions/taylor/check/", {"read": "1"}, follow=True))
    assert "wording read in the source" in page
    page = body(inside.post("/definitions/taylor/check/", {"read": ""}, follow=True))
    assert "wording not checked" in page
