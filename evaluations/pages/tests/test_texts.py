import re

import pytest
from django.test import Client
from django.urls import resolve, reverse

from evaluations.accounts.standing import ENOUGH_JUDGED, ESTABLISHED_AFTER, Standing
from evaluations.definitions.allowances import A_DAY, PUBLISHED_BY_ADDRESS
from evaluations.definitions.catalogue import read
from evaluations.pages import text_views
from evaluations.rules import criteria, evaluate

NAMES = ["about", "method", "terms", "privacy"]


@pytest.mark.parametrize("name", NAMES)
def test_each_text_is_a_page_with_its_title_and_date(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    page = response.content.decode()
    text = text_views.load(name)
    assert response.status_code == 200
    assert page.count("<h1>") == 1
    assert f"<h1>{text.document.title}</h1>" in page
    assert text.changed is not None
    assert f'<time datetime="{text.changed.isoformat()}">' in page


@pytest.mark.parametrize("name", NAMES)
def test_links_within_the_site_lead_somewhere(name: str) -> None:
    for path in re.findall(r'href="(/[^"#?]*)', text_views.load(name).document.html):
        resolve(path)


def test_a_long_text_has_contents_that_lead_to_its_headings(client: Client) -> None:
    page = client.get(reverse("method")).content.decode()
    anchors = re.findall(r'<a href="#([^"]+)"', page.partition('id="contents"')[2])
    assert len(anchors) >= text_views.CONTENTS_FROM
    for anchor in anchors:
        assert f'<h2 id="{anchor}">' in page


def test_a_short_text_has_no_contents(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_views, "CONTENTS_FROM", 100)
    assert "On this page" not in client.get(reverse("method")).content.decode()


def test_the_date_line_is_not_shown(client: Client) -> None:
    assert "changed: 2" not in client.get(reverse("about")).content.decode()


def test_the_method_counts_what_judging_alone_cannot_make_reasoning() -> None:
    judged = {entry["key"] for entry in read("criteria.json") if entry["answered_by"] == "judge"}
    rules = [entry["rule"] for entry in read("definitions.json")]
    best = [evaluate(rule, dict.fromkeys(judged & set(criteria(rule)), "yes")) for rule in rules]
    never = sum(verdict != "yes" for verdict in best)
    said = f"{never} of the {len(rules)} shipped definitions cannot come out as reasoning"
    assert said in text_views.load("method").document.html


def test_the_terms_give_the_allowances_that_are_in_force() -> None:
    terms = text_views.load("terms").document.html
    assert A_DAY["publish"][Standing.NEW] == 0
    for said in (
        f"a member publishes {A_DAY['publish'][Standing.MEMBER]} versions a day",
        f"after {ESTABLISHED_AFTER.days} days and {ENOUGH_JUDGED} outputs judged blind "
        f"{A_DAY['publish'][Standing.ESTABLISHED]}.",
        f"All accounts at one address together publish {PUBLISHED_BY_ADDRESS}.",
    ):
        assert said in terms


def test_texts_quote_questions_as_they_are_asked() -> None:
    questions = {entry["key"]: entry["question"] for entry in read("criteria.json")}
    assert questions["makes-inference"] in text_views.load("method").document.html


def test_texts_do_not_say_what_is_not_so() -> None:
    about, terms = (text_views.load(name).document.html for name in ("about", "terms"))
    assert "Nobody is asked here" not in about
    assert "too vague to fight over" not in about
    assert "The post with Nathan Lambert" in about
    assert "the quoted statement stays its author" in terms
