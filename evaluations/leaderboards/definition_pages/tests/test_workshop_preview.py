"""The worked cases of the catalogue are those with the known verdicts, and obey the policy."""

import json
from pathlib import Path

import pytest
from django.test import Client

import evaluations.rules
from evaluations.common.templatetags.marks import mark_word
from evaluations.definitions import rule_form
from evaluations.definitions.catalogue import read
from evaluations.definitions.catalogue.gaps import worked_cases
from evaluations.definitions.models import CriterionVersion
from evaluations.definitions.rule_editor import criteria_in_force
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.leaderboards.boards.standings import draft_reading, outputs_with
from evaluations.leaderboards.definition_pages.cases import cases_under
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.rules import VISIBILITIES

DATA = Path(evaluations.rules.__file__).parent / "tests" / "data"
VERDICTS = json.loads((DATA / "verdicts.json").read_text())
RULES = {entry["slug"]: entry["rule"] for entry in read("definitions.json")}
SIGNS = {"no": ".", "partly": "p", "yes": "Y", "cannot-tell": "?"}
HIDDEN = "The same, with the trace hidden"


def test_each_case_says_what_it_is_and_what_can_be_seen() -> None:
    assert all(case["name"] and case["description"] for case in worked_cases())
    visible = {case["name"]: case["trace_visibility"] for case in worked_cases()}
    assert set(visible.values()) <= set(VISIBILITIES)
    assert visible[HIDDEN] == "hidden"


@pytest.mark.parametrize("slug", RULES)
def test_each_case_has_its_verdict_and_a_reason(slug: str) -> None:
    found = cases_under(RULES[slug], "may-be-latent", [])
    signs = "".join(SIGNS[case.explanation.answer] for case in found.each)
    assert signs == VERDICTS[slug].replace(" ", "")
    assert all(case.explanation.sentence for case in found.each)


@pytest.fixture
def wordings(db: None) -> list[CriterionVersion]:
    make_criterion("makes-inference", process=True)
    make_criterion("states-conclusion")
    return criteria_in_force()


@pytest.mark.parametrize("policy", ["may-be-latent", "must-be-shown"])
def test_a_case_has_the_verdict_that_a_board_would_give_it(
    wordings: list[CriterionVersion], policy: str
) -> None:
    rule = {"all": ["states-conclusion", "makes-inference"]}
    judge = make_judge()
    outputs = {}
    for case in worked_cases():
        output = make_output(trace_visibility=case["trace_visibility"])
        give(judge, output, {key: case["answers"][key] for key in rule["all"]})
        outputs[case["name"]] = output.pk
    verdicts = outputs_with(draft_reading(rule, policy), current_matrix())
    under = cases_under(rule, policy, wordings)
    found = {each.case.name: each.explanation.verdict for each in under.each}
    assert found == {name: verdicts[pk] for name, pk in outputs.items()}
    expected = {"may-be-latent": "undetermined", "must-be-shown": "not-reasoning"}
    assert found[HIDDEN] == expected[policy]


def test_the_definition_page_says_of_each_case_what_the_preview_says(
    wordings: list[CriterionVersion], client: Client
) -> None:
    rule = {"all": ["states-conclusion", "makes-inference"]}
    version = make_definition("both", rule, note="Nothing is asked about truth.")
    page = client.get(version.get_absolute_url()).content.decode()
    section = page[page.index('id="worked-cases"') :].partition("</section>")[0]
    found = cases_under(rule, "may-be-latent", wordings)
    assert f"How {len(found.each)} cases come out" in section
    for each in found.each:
        link = f'<a href="/cases/{each.case.key}/">{each.case.name}</a>'
        row = section.partition(link)[0].rpartition("<li>")[2]
        assert f'visually-hidden">{mark_word(each.explanation.verdict)}<' in row
        assert each.explanation.sentence in section.partition(link)[2].partition("</li>")[0]
    assert "How it was read, and what it leaves out." in page
    assert "Nothing is asked about truth." in page
    assert "badge" in page[: page.index('id="rule-title"')]


def test_the_page_reckons_with_the_policy_that_is_chosen(
    wordings: list[CriterionVersion], client: Client
) -> None:
    client.force_login(make_user("ada"))
    for policy, words in (("may-be-latent", "undetermined"), ("must-be-shown", "not reasoning")):
        typed = {"absence_policy": policy, "partly_policy": "not-met", "press": "check"}
        page = client.post("/definitions/new/", typed | rule_form.fields("makes-inference"))
        row = page.content.decode().partition(HIDDEN)[0].rpartition("<li>")[2]
        assert f'visually-hidden">{words}<' in row
