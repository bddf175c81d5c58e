"""The search of the site: what each kind finds, what nobody may find, and what it leaves unsaid."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.activity.models import Flag
from evaluations.common.tests.constant_queries import assert_queries_do_not_grow
from evaluations.curation.actions import make_collection, show
from evaluations.curation.models import Collection
from evaluations.curation.placement_actions import annotate
from evaluations.curation.tests.cast import make_shown
from evaluations.debates.models import Statement
from evaluations.debates.tests.cast import make_statement
from evaluations.definitions.actions import draft_definition
from evaluations.definitions.models import Definition, DefinitionVersion
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
    make_user,
    reword,
)
from evaluations.pages import searching
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db


def page(client: Client, query: str, status: int = 200) -> str:
    response = client.get("/search/", query_params={"q": query})
    assert response.status_code == status
    return response.content.decode()


def groups(text: str) -> dict[str, int]:
    """Kind to the number of hits, in the order of the page."""
    heads = re.findall(r'id="found-(\w+)">\w+ <span class="muted">([\d,]+)<', text)
    return {kind: int(count.replace(",", "")) for kind, count in heads}


def titles(text: str) -> list[str]:
    return re.findall(r'<p class="entry-title">(?:<a [^>]*>)?([^<]*)<', text)


def test_every_kind_is_found_in_its_order(client: Client) -> None:
    make_criterion("lamp", question="Is the walrus seen?")
    author = make_user("walrus")
    make_definition("taylor", "lamp", statement="Every walrus reasons.")
    Definition.objects.update(owner=author)
    make_statement(DefinitionVersion.objects.get(), text="Is a walrus ever reasonable?")
    shown(make_collection(owner=make_user("carpenter"), title="A walrus and oysters"))
    prompt = make_prompt(text="Where is the walrus?")
    make_output(prompt=prompt, text="The walrus is home.")
    make_output(prompt=prompt, text="Nobody is home.")
    text = page(client, "walruses")
    assert groups(text) == {
        "definitions": 1,
        "criteria": 1,
        "statements": 1,
        "collections": 1,
        "prompts": 1,
        "outputs": 1,
        "people": 1,
    }
    assert list(groups(text)) == list(searching.KINDS)
    assert "Every <mark>walrus</mark> reasons." in text
    assert text.count("<mark>walrus</mark>") == 4
    assert 'href="/outputs/?words=walruses"' in text
    assert 'Wrote <a href="/definitions/taylor/">' in text


def shown(collection: Collection) -> Collection:
    collection.visibility, collection.shown_at = "public", timezone.now()
    collection.save()
    return collection


def test_statements_and_collections_are_found_while_they_stand(client: Client) -> None:
    make_criterion("one")
    version = make_definition("taylor", "one")
    said = make_statement(version, text="Does the walrus infer anything?")
    ada = make_user("ada")
    collection = shown(make_collection(owner=ada, title="Two lamps", why="The walrus lit them."))
    own = make_collection(owner=ada, title="A walrus of my own")
    text = page(client, "walrus")
    assert groups(text) == {"statements": 1, "collections": 1}
    assert titles(text) == ["Does the walrus infer anything?", "Two lamps"]
    assert own.title not in text
    for reader in (make_user("first"), make_user("second"), make_user("third")):
        Flag.objects.create(flagger=reader, reason="abuse", folds=True, statement=said)
        Flag.objects.create(flagger=reader, reason="abuse", folds=True, collection=collection)
    text = page(client, "walrus")
    assert "Does the walrus" not in text, "folded by its readers"
    assert "Two lamps" not in text
    Statement.objects.update(
        retired_at=timezone.now(), retired_for="abuse", retired_because="It insults."
    )
    Collection.objects.update(retired_at=timezone.now(), retired_because="Done.")
    assert groups(page(client, "walrus")) == {}


def test_a_collection_is_found_by_a_note_that_everybody_may_come_to_read(client: Client) -> None:
    """The note itself is not told: it is about an output that is judged first."""
    ada = make_user("ada")
    made = make_shown(ada, visibility="unlisted")
    item = made.placements.earliest("pk")
    annotate(item=item, actor=ada, note="The walrus concludes nothing.")
    assert groups(page(client, "walrus")) == {}, "whoever has its address finds it, and no search"
    show(collection=made, actor=ada, visibility="public")
    text = page(client, "walruses")
    assert groups(text) == {"collections": 1}
    assert "<span>in a note</span>" in text
    assert "concludes nothing" not in text
    Run.objects.update(visibility="private")
    assert groups(page(client, "walrus")) == {}, "an item of what is not public shows no note"
    Run.objects.update(visibility="public")
    assert groups(page(client, "walrus")) == {"collections": 1}
    for reader in map(make_user, ("first", "second", "third")):
        Flag.objects.create(flagger=reader, reason="abuse", folds=True, placement=item)
    assert groups(page(client, "walrus")) == {}, "folded by its readers"


def test_not_is_a_word_like_others(client: Client) -> None:
    for answer in ("This is not reasoning.", "This is reasoning, and not luck.", "Reasoning."):
        make_output(text=answer)
    assert groups(page(client, '"not reasoning"')) == {"outputs": 1}
    assert "This is <mark>not</mark> <mark>reasoning</mark>." in page(client, '"not reasoning"')
    assert groups(page(client, "reasoning -not")) == {"outputs": 1}
    assert groups(page(client, "luck OR luckless")) == {"outputs": 1}


def test_a_definition_is_found_by_its_author_and_its_statement_together(client: Client) -> None:
    make_criterion("one")
    make_definition("taylor", "one", author="Ross Taylor", statement="Inferences are drawn.")
    make_definition("other", "one", author="Somebody", statement="Inferences are drawn.")
    assert titles(page(client, "taylor inference")) == ["Name of taylor"]


def test_a_title_counts_more_than_a_text(client: Client) -> None:
    make_prompt("first", title="A walrus", text="Short.")
    make_prompt("second", title="A house", text="It has a walrus.")
    assert titles(page(client, "walrus")) == ["A walrus", "A house"]


def test_only_the_newest_hits_are_ranked_and_the_page_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_prompt("old", title="Walrus walrus walrus", text="Walrus.")
    for number in range(3):
        make_prompt(f"new-{number}", title=f"New {number}", text="One walrus.")
    monkeypatch.setattr(searching, "RANKED", 3)
    monkeypatch.setattr("evaluations.pages.search_views.RANKED", 3)
    text = page(client, "walrus")
    assert groups(text) == {"prompts": 4}
    assert titles(text) == ["New 2", "New 1", "New 0"]
    assert "Ranked among the newest 3 of 4." in text


def test_all_of_one_kind_are_listed_a_page_at_a_time(client: Client) -> None:
    for number in range(27):
        make_prompt(f"p-{number}", title=f"Walrus {number}")
    text = page(client, "walrus")
    assert len(titles(text)) == 5
    assert 'href="?q=walrus&amp;kind=prompts"' in text
    pages = [
        client.get("/search/", query_params={"q": "walrus", "kind": "prompts", "page": number})
        .content.decode()
        for number in ("1", "2", "99", "x")
    ]  # fmt: skip
    first, second = titles(pages[0]), titles(pages[1])
    assert (len(first), len(second)) == (25, 2)
    assert len({*first, *second}) == 27
    assert (titles(pages[2]), titles(pages[3])) == (second, first)


def test_what_visitors_may_not_see_is_not_found(client: Client) -> None:
    wording = make_criterion("one", question="Is the narwhal seen?")
    reword(wording, "Is it seen?")
    hidden = make_prompt("hidden", text="narwhal")
    make_output(prompt=hidden, text="narwhal", withdrawn_at=timezone.now())
    make_output(prompt=hidden, state="failed", text="narwhal")
    judging = make_output(prompt=hidden, text="narwhal")
    judging.run.purpose = "judging"
    judging.run.save()
    hidden.prompt_set.is_listed = False
    hidden.prompt_set.save()
    drafted = Definition.objects.create(slug="draft", name="narwhal", owner=make_user("narwhal"))
    draft_definition(definition=drafted, statement="narwhal", rule="one", reading="narwhal")
    text = page(client, "narwhal")
    assert groups(text) == {}
    assert "Nothing found for “narwhal”" in text


@pytest.mark.parametrize("visibility", ["unlisted", "private"])
def test_a_prompt_of_a_set_that_is_not_public_is_not_found(client: Client, visibility: str) -> None:
    make_prompt(title="The walrus", text="Where is the walrus?")
    assert groups(page(client, "walrus")) == {"prompts": 1}
    PromptSet.objects.update(visibility=visibility)
    assert groups(page(client, "walrus")) == {}
    # Nor is its title what somebody may have meant.
    assert "The walrus" not in page(client, "warlus")
    assert 'q=walrus"' not in page(client, "warlus")


def test_no_verdict_and_no_answer_is_told(client: Client) -> None:
    make_criterion("one")
    make_definition("taylor", "one", statement="Walruses think.")
    give(make_judge(), make_output(text="A walrus."), {"one": "yes"})
    text = page(client, "walrus")
    assert set(groups(text)) == {"definitions", "outputs"}
    entries = "".join(re.findall(r'<ul class="entries paired">.*?</ul>', text, re.DOTALL))
    assert "walrus" in entries
    assert not re.search(r"reasoning|partly|verdict|judg", entries)


def test_a_word_that_is_nearly_right_is_asked_back(client: Client) -> None:
    make_criterion("one")
    make_definition("taylor", "one", name="Taylor, as quoted", author="Ross Taylor")
    text = page(client, "tailor")
    assert re.search(r'Did you mean <a id="meant" href="\?q=Taylor">Taylor</a>\?', text)
    assert "Did you mean" not in page(client, "qqqqqqq")
    assert "Did you mean" not in page(client, "taylor")


def test_a_sign_of_the_search_is_no_word_that_is_nearly_right(client: Client) -> None:
    make_criterion("one")
    make_definition("taylor", "one", name="Taylor for one")
    for sign in ("OR", "or"):
        assert f">Taylor {sign} qqqqqqq</a>?" in page(client, f"tailor {sign} qqqqqqq")


def test_every_kind_is_named_where_nothing_is_found_and_with_its_day(client: Client) -> None:
    said = on(client, since="2000-01-01").lower()
    found = said.partition("<h2>nothing found")[2].partition("</div>")[0]
    assert [kind for kind in searching.KINDS if kind not in found] == []
    days = said.partition("by the day on which ")[2].partition("</p>")[0]
    for kind in ("definition", "criterion", "statement", "collection", "prompt", "output"):
        assert f" {kind} " in days


def test_what_a_model_wrote_stays_text(client: Client) -> None:
    make_output(text="<script>alert(1)</script> 1 < 2 & walrus <img src=x>")
    text = page(client, "walrus")
    assert "1 &lt; 2 &amp; <mark>walrus</mark>" in text
    assert "<script>alert" not in text
    assert "<img" not in text


@pytest.mark.parametrize(
    "query", ["", " ", '"', "-", "&|!()", ":*", "é 日本 🪔", pytest.param("a" * 3000, id="long")]
)
def test_whatever_is_typed_is_answered(client: Client, query: str) -> None:
    text = page(client, query)
    assert "as typed" not in text
    for example in ("&quot;not reasoning&quot;", "deduction OR induction"):
        assert example in text


def test_what_no_search_can_be_is_a_404(client: Client) -> None:
    page(client, "a\0b", status=404)
    assert client.get("/search/?q=a&kind=planets").status_code == 404


def test_every_page_has_the_field_and_the_search_one_of_its_own(client: Client) -> None:
    for path in ("/", "/definitions/", "/judge/"):
        text = client.get(path, follow=True).content.decode()
        assert text.count("data-search") == 1, path
        assert 'action="/search/"' in text
    assert page(client, "x").count("data-search") == 1


def test_queries_do_not_grow_with_the_hits(client: Client) -> None:
    make_criterion("one")

    def more(number: int) -> None:
        make_output(text="A walrus.", prompt=make_prompt(f"walrus-{number}", title="Walrus"))
        make_definition(f"walrus-{number}", "one", statement="A walrus.")
        Definition.objects.filter(owner=None).update(owner=make_user(f"walrus{number}"))

    assert_queries_do_not_grow(client, ["/search/?q=walrus", "/search/?q=walrs"], more)
    assert Prompt.objects.count() == 6


def on(client: Client, **asked: str) -> str:
    response = client.get("/search/", query_params={"q": "walrus", **asked})
    assert response.status_code == 200
    return response.content.decode()


def test_days_narrow_what_is_found_and_stay_in_the_links(client: Client) -> None:
    for day in (1, 2, 2, 2, 2, 2, 2, 3):
        when = dt.datetime(2026, 5, day, 23, 59, tzinfo=dt.UTC)
        make_output(text="A walrus.", finished_at=when)
    make_prompt("today", title="A walrus of today")
    assert groups(on(client)) == {"prompts": 1, "outputs": 8}
    days = {"since": "2026-05-02", "until": "2026-05-02"}
    text = on(client, **days)
    assert groups(text) == {"outputs": 6}
    assert 'value="2026-05-02"' in text
    assert 'href="?q=walrus&amp;kind=outputs&amp;since=2026-05-02&amp;until=2026-05-02"' in text
    assert groups(on(client, **days, kind="outputs")) == {"outputs": 6}
    assert groups(on(client, since="2026-05-03")) == {"prompts": 1, "outputs": 1}
    assert groups(on(client, until="2026-05-01")) == {"outputs": 1}


def test_people_have_no_day(client: Client) -> None:
    author = make_user("walrus")
    make_criterion("one")
    make_definition("taylor", "one")
    Definition.objects.update(owner=author)
    assert groups(on(client)) == {"people": 1}
    assert groups(on(client, since="2000-01-01")) == {}


def test_a_day_that_is_none_is_said_and_nothing_is_lost(client: Client) -> None:
    asked = {"q": "walrus", "since": "May", "until": "2026-05-02"}
    response = client.get("/search/", query_params=asked)
    assert response.status_code == 422
    text = response.content.decode()
    assert "“May” is no day." in text
    assert 'value="May"' in text
    assert 'value="2026-05-02"' in text
    assert 'value="walrus"' in text
    assert "Nothing found" not in text


def verdict_links(text: str) -> list[str]:
    line = text.partition('id="verdict-meant"')[2].partition("</p>")[0]
    return re.findall(r'href="([^"]*)"', line)


def test_a_verdict_in_words_leads_to_the_outputs_that_have_it(client: Client) -> None:
    make_criterion("one")
    make_definition("taylor-as-quoted", "one", name="Taylor, as quoted")
    make_definition("hobbes", "one", name="Hobbes: reckoning")
    every = verdict_links(page(client, "not reasoning"))
    assert every == [
        "/outputs/?definition=taylor-as-quoted&amp;verdict=not-reasoning",
        "/outputs/?definition=hobbes&amp;verdict=not-reasoning",
        "/outputs/?verdict=not-reasoning",
    ]
    assert client.get(every[0].replace("&amp;", "&")).status_code == 200
    assert "Choose a definition" in client.get(every[2]).content.decode()
    assert verdict_links(page(client, "Taylor not reasoning"))[:-1] == every[:1]
    assert verdict_links(page(client, "reasoning by hobbes"))[:-1] == [
        "/outputs/?definition=hobbes&amp;verdict=reasoning"
    ]
    assert verdict_links(page(client, "reasoning")) == [], "the topic of the whole site"
    assert verdict_links(page(client, "taylor")) == []
