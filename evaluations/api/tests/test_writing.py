"""Writing by key: through the actions of the pages, with their roles, allowances and sentences."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from evaluations.accounts.models import User
from evaluations.api.tests.calls import Caller
from evaluations.curation.tests.cast import make as make_collection
from evaluations.definitions.models import Criterion, Proposal
from evaluations.judgments.models import Finding
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_user,
)
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    make_criterion("one")
    make_criterion("two")
    make_definition("taylor", {"all": ["one", "two"]})
    return make_user("ada", role="researcher")


@pytest.fixture
def caller(ada: User) -> Caller:
    return Caller.of(ada)


def places(answered: Any) -> dict[str, str]:
    return {each["place"]: each["sentence"] for each in answered.json()["errors"]}


def test_another_rule_is_tried_on_the_same_judgments(ada: User, caller: Caller) -> None:
    give(make_judge(user=ada), make_output(), {"one": "yes", "two": "no"})
    answered = caller.post("definitions/taylor/what-if", {"rule": {"any": ["one", "two"]}})
    assert answered.status_code == 200, answered.content
    told = answered.json()
    assert told["verdicts"]["not-reasoning"]["reasoning"] == 1
    assert (told["flipped"], told["flips"][0]["second_verdict"]) == (1, "reasoning")
    assert (told["board"][0]["before_share"], told["board"][0]["after_share"]) == (0, 1)
    assert Caller.of(ada, "read").post("definitions/taylor/what-if", {}).status_code == 200


@pytest.mark.parametrize("rule", [{"all": ["nothing"]}, {"some": []}, 7, [[[]]], "x" * 60_000])
def test_a_rule_that_cannot_be_used_is_refused_by_its_places(caller: Caller, rule: Any) -> None:
    refused = caller.post("definitions/taylor/what-if", {"rule": rule})
    assert refused.status_code == 422
    assert places(refused)


def test_an_amendment_is_proposed_to_the_owner(ada: User, caller: Caller) -> None:
    sent = {"reason": "One is enough.", "rule": {"any": ["one", "two"]}, "reading": "Counts one."}
    made = caller.post("definitions/taylor/proposals", sent)
    assert made.status_code == 201, made.content
    row = Proposal.objects.get()
    assert (row.number, row.proposer, row.rule) == (made.json()["number"], ada, sent["rule"])
    assert row.statement == "Statement of taylor."
    assert made.json()["url"].endswith(row.get_absolute_url())


def test_what_an_amendment_lacks_is_said(caller: Caller) -> None:
    path = "definitions/taylor/proposals"
    assert "reason" in places(caller.post(path, {"reason": " "}))
    stale = {"reason": "So.", "rule": {"any": ["one", "two"]}}
    assert "reading" in places(caller.post(path, stale))
    assert caller.post(path, {"reason": "Nothing changes."}).status_code == 409
    bad = {"reason": "So.", "rule": {"all": ["nothing"]}, "reading": "Counts nothing."}
    assert caller.post(path, bad).status_code == 422
    assert not Proposal.objects.exists()


def test_a_days_amendments_are_counted_as_on_the_page(ada: User, caller: Caller) -> None:
    answered = [
        caller.post(
            "definitions/taylor/proposals", {"reason": "So.", "statement": f"Number {number}."}
        )
        for number in range(6)
    ]
    assert [each.status_code for each in answered] == [201] * 5 + [429]
    assert answered[-1].headers["Retry-After"] == str(24 * 60 * 60 // 5)


def test_something_is_added_to_ones_own_collection(ada: User, caller: Caller) -> None:
    mine, output = make_collection(ada), make_output()
    path = f"collections/ada/{mine.slug}/items"
    sent = {"kind": "output", "what": str(output.pk), "note": "Look here."}
    assert caller.post(path, sent).status_code == 201
    placement = mine.placements.get()
    assert (placement.output, placement.note) == (output, "Look here.")
    again = caller.post(path, sent)
    assert again.status_code == 409
    assert "already" in again.json()["detail"]
    assert caller.post(path, {"kind": "output", "what": "999999"}).status_code == 422
    type(mine).objects.update(visibility="unlisted", shown_at="2026-01-01T00:00Z")
    assert Caller.of(make_user("eve")).post(path, sent).status_code == 403


def run_of(**more: Any) -> dict[str, Any]:
    return {"model": "babbler", "recipe": "plainly", "prompt_set": "set", **more}


def test_a_researcher_starts_a_run_once(ada: User, caller: Caller) -> None:
    make_model(backend="transformers")
    make_recipe()
    make_prompt()
    sent = run_of(seed=7, form_token=str(uuid.uuid4()))
    for _ in range(2):
        made = caller.post("runs", sent)
        assert made.status_code == 201, made.content
    run = Run.objects.get()
    assert made.json() == {"runs": [run.pk]}
    assert (run.launched_by, run.seed, run.outputs.count()) == (ada, 7, 1)
    other = caller.post("runs", {**sent, "seed": 0})
    assert other.status_code == 422
    assert "with something else in it" in other.json()["detail"]
    equal = caller.post("runs", run_of(seed=7))
    assert equal.status_code == 422
    assert "seed" in places(equal)
    assert Caller.of(make_user("eve")).post("runs", sent).status_code == 403


def test_a_run_of_what_is_not_there_is_refused_by_its_place(caller: Caller) -> None:
    refused = caller.post("runs", run_of())
    assert refused.status_code == 422
    assert {"model", "recipe", "prompt_set"} <= set(places(refused))


def test_prompts_come_in_all_or_none_with_a_report_by_line(ada: User, caller: Caller) -> None:
    PromptSet.objects.create(slug="own-set", title="Mine", owner=ada)
    path = "prompt-sets/own-set/prompts"
    good = [{"text": "What is one and one?", "reference": "2", "grader": "numeric"},
            {"text": "What is one and two?"}]  # fmt: skip
    bad = [*good, {"title": "no text"}, {"text": "So?", "grader": "numeric", "reference": "many"}]
    refused = caller.post(path, {"prompts": bad})
    assert refused.status_code == 422
    assert set(places(refused)) == {"prompts.3"}
    assert set(places(caller.post(path, {"prompts": [*good, bad[3]]}))) == {"prompts.3"}
    hiding = [*good, {"text": "So?", "title": "Lamps \u202e"}, {"text": "\u3164"}]
    assert set(places(caller.post(path, {"prompts": hiding}))) == {"prompts.3", "prompts.4"}
    assert not Prompt.objects.exists()
    made = caller.post(path, {"prompts": good})
    assert made.status_code == 201
    assert made.json()["added"] == 2
    assert set(Prompt.objects.values_list("slug", flat=True)) == set(made.json()["slugs"])
    eve = Caller.of(make_user("eve", role="researcher"))
    assert eve.post(path, {"prompts": good}).status_code == 403


def test_findings_come_in_all_or_none_with_a_report_by_line(caller: Caller) -> None:
    make_criterion("probed", level="mechanism", answered_by="probe")
    output = make_output()
    said = {"criterion": "probed", "value": "yes", "source": "probe", "output": output.pk}
    Criterion.objects.filter(pk=make_criterion("split", answered_by="probe").criterion_id).update(
        successors=["probed"]
    )
    linked = {"criterion": "probed", "value": "no", "source": "evidence", "model": "babbler"}
    wrong = [said, {**said, "criterion": "one"}, linked, {**said, "output": 999_999},
             {**linked, "link": "nowhere"}, {**said, "criterion": "split"}]  # fmt: skip
    person = make_user("staff", is_staff=True)
    staff = Caller.of(person)
    without = staff.post("findings", {"findings": [said]})
    assert without.status_code == 403, "not without the permission that the admin's page asks"
    person.user_permissions.add(Permission.objects.get(codename="add_finding"))
    refused = staff.post("findings", {"findings": wrong})
    assert refused.status_code == 422
    assert set(places(refused)) == {f"findings.{line}" for line in (2, 3, 4, 5, 6)}
    assert not Finding.objects.exists()
    right = {"findings": [said, {**linked, "link": "https://example.org/probe"}]}
    made = staff.post("findings", right)
    assert made.status_code == 201, made.content
    assert Finding.objects.count() == 2
    # Who may not enter any does not learn by it what is there.
    for found in (right, {"findings": wrong}, {"findings": [{**said, "output": 999_999}]}):
        assert caller.post("findings", found).status_code == 403
