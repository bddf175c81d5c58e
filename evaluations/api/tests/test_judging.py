"""Judging by key: the page's own loop, with the same mask, hold, hash and answers."""

import html
import uuid
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.api.openapi import api
from evaluations.api.tests.calls import Caller
from evaluations.judgments.judges import pace
from evaluations.judgments.models import (
    Answer,
    GuestCheck,
    Judge,
    Judgment,
    Lease,
    Protocol,
    Way,
)
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_run,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    make_criterion("one", question="Is there one?")
    make_criterion("two", question="Are there two?")
    make_block("one", "two")
    return make_user("ada")


@pytest.fixture
def caller(ada: User) -> Caller:
    return Caller.of(ada, "judge")


def telltale() -> Output:
    """An output that names its model, of which much is known that nobody is to see."""
    model = make_model("telltale", name="Telltale 7B", maker="Tattle Works")
    prompt = make_prompt("lamp", reference="the secret reference", grader="exact")
    return make_output(
        run=make_run(model), prompt=prompt, names_model=True, grade=0.25,
        trace="I, Telltale, think.\nIt is on.", answer="Tattle Works made me.",
    )  # fmt: skip


def draw(caller: Caller, **asked: Any) -> dict[str, Any]:
    answered = caller.post("queue/next", asked)
    assert answered.status_code == 200, answered.content
    told: dict[str, Any] = answered.json()
    fits(told)
    return told


def fits(told: dict[str, Any]) -> None:
    """An answer is as the schema of the API says."""
    schema = api.get_openapi_schema()
    served = {"$ref": "#/components/schemas/Served", "components": schema["components"]}
    jsonschema.Draft202012Validator(served).validate(told)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def test_a_task_tells_no_more_than_the_page(ada: User, caller: Caller, client: Client) -> None:
    output = telltale()
    give(make_judge(), output, {"one": "no", "two": "partly"}, comment="Nobody sees this")
    make_definition("taylor", "one", name="Taylor, as quoted")
    told = draw(caller)["task"]
    assert told["output"] == output.pk
    assert told["masked"] is True
    client.force_login(ada)
    page = html.unescape(client.get(f"/judge/{output.pk}/").content.decode())
    form = told.pop("form")
    form.pop("form_token")  # which is drawn anew for each form
    told.pop("trace_visibility")
    told.pop("held_until")
    missing = [text for text in [*texts(told), *texts(form)] if text not in page]
    assert missing == []


@pytest.mark.parametrize(
    "secret", ["telltale", "tattle", "secret reference", "0.25", "nobody sees", "taylor", "plainly",
               '"no"', "source", "judge 1"],
)  # fmt: skip
def test_what_is_never_shown_before_judging_is_not_sent(caller: Caller, secret: str) -> None:
    output = telltale()
    give(make_judge(), output, {"one": "no"}, comment="Nobody sees this")
    make_definition("taylor", "one", name="Taylor, as quoted")
    body = caller.post("queue/next", {}).content.decode().lower()
    assert secret not in body.replace('"statement_source"', "")


def test_a_definition_is_named_or_hidden_as_on_the_page(caller: Caller) -> None:
    version = make_definition("taylor", "one", name="Taylor, as quoted", statement="Concluding.")
    make_output()
    told = draw(caller, direct="taylor")["task"]
    assert told["statement"] == "Concluding."
    assert "Taylor, as quoted" in told["statement_source"]
    assert [each["key"] for each in told["questions"]] == ["direct"]
    hiding = make_protocol("hiding", definitions=(version,), shows_source=False)
    make_item(hiding, Output.objects.get())
    told = draw(caller, protocol="hiding")["task"]
    assert told["statement"] == "Concluding."
    assert told["statement_source"] is None
    assert "taylor" not in str(told).lower().replace(f"definition:{version.pk}", "")


def save(caller: Caller, task: dict[str, Any], answers: dict[str, str], **said: Any) -> Any:
    sent = {"output": task["output"], "form": task["form"], "answers": answers, **said}
    return caller.post("judgments", sent)


def test_answers_are_stored_as_the_page_stores_them(ada: User, caller: Caller) -> None:
    for _ in range(2):
        make_output()
    first = draw(caller)["task"]
    assert [each["key"] for each in first["questions"]] == ["one", "two", "holistic"]
    marks = [{"part": "trace", "start": 0, "end": 8, "criterion": "one"}]
    given = {"one": "yes", "two": "cannot-tell"}
    answered = save(caller, first, given, comment="So it is.", marks=marks)
    told = answered.json()
    fits(told)
    assert told["saved"] is True
    assert told["task"]["output"] != first["output"]
    row = Judgment.objects.get()
    assert (row.judge.user, row.output_id, row.comment) == (ada, first["output"], "So it is.")
    assert (row.way, row.blind, row.guest_check) == (Way.SERVED, True, GuestCheck.COUNTED)
    assert row.marks.count() == 1
    values = dict(Answer.objects.current().values_list("criterion__key", "value"))
    assert values == {"one": "yes", "two": "cannot-tell"}
    last = save(caller, told["task"], {"one": "no", "two": "no"}).json()
    assert (last["saved"], last["task"]) == (True, None)
    assert last["told"]
    assert draw(caller)["task"] is None


def test_what_was_not_served_counts_as_chosen(ada: User, caller: Caller) -> None:
    make_output()
    task = draw(caller)["task"]
    # The same task by another key of the same person: it was not served to that one.
    assert save(Caller.of(ada, "judge"), task, {"one": "yes", "two": "no"}).status_code == 200
    assert Judgment.objects.get().way == Way.CHOSEN


def test_a_form_that_comes_twice_is_stored_once(caller: Caller) -> None:
    make_output()
    task = draw(caller)["task"]
    for _ in range(2):
        assert save(caller, task, {"one": "yes", "two": "no"}).status_code == 200
    assert Judgment.objects.count() == 1


def test_who_is_too_fast_is_told_when_again(
    ada: User, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "LIMITS", ((1, 60, "minute"),))
    make_judge(user=ada)
    for _ in range(2):
        make_output()
    served = save(caller, draw(caller)["task"], {"one": "yes", "two": "no"})
    refused = save(caller, served.json()["task"], {"one": "yes", "two": "no"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")


def test_missing_answers_are_named(caller: Caller) -> None:
    make_output()
    refused = save(caller, draw(caller)["task"], {"one": "yes"})
    assert refused.status_code == 422
    assert [each["place"] for each in refused.json()["errors"]] == ["two"]
    assert not Judgment.objects.exists()


def test_another_hash_is_refused_with_the_form_that_fits(caller: Caller) -> None:
    make_output()
    task = draw(caller)["task"]
    good = task["form"]["content"]
    task["form"]["content"] = "0" * 16
    refused = save(caller, task, {"one": "yes", "two": "no"})
    assert refused.status_code == 409
    said = refused.json()
    assert said["form"]["content"] == good
    assert not Judgment.objects.exists()
    task["form"] = said["form"]
    assert save(caller, task, {"one": "yes", "two": "no"}).status_code == 200


def test_what_was_saved_since_is_not_overwritten(ada: User, caller: Caller) -> None:
    output = make_output()
    task = draw(caller)["task"]
    give(Judge.objects.get(user=ada), output, {"one": "no", "two": "no"})
    refused = save(caller, task, {"one": "yes", "two": "yes"})
    assert refused.status_code == 409
    assert Judgment.objects.count() == 1


def test_an_item_is_held_as_by_the_page(ada: User, caller: Caller) -> None:
    block = make_block("one", slug="single", is_default=False)
    version = make_protocol(blocks=(block,), judges_per_item=1)
    make_item(version, make_output())
    task = draw(caller, protocol="small")["task"]
    lease = Lease.objects.get()
    assert lease.judge.user == ada
    assert task["form"]["lease"] == str(lease.token)
    assert task["held_until"]
    eve = Caller.of(make_user("eve"), "judge")
    assert draw(eve, protocol="small")["task"] is None
    assert save(caller, task, {"one": "yes"}).json()["saved"] is True
    assert not Lease.objects.exists()
    assert Judgment.objects.get().item.version == version  # type: ignore[union-attr]


def test_who_may_not_judge_gets_the_reason_and_nothing_else(caller: Caller) -> None:
    version = make_protocol("closed", access="invited")
    output = make_item(version, make_output(trace="Never seen.")).output
    refused = caller.post("queue/next", {"protocol": "closed"})
    assert refused.status_code == 403
    assert b"Never seen" not in refused.content
    form = {"asked": "protocol=closed", "form_token": str(uuid.uuid4()), "seen": 0, "content": "0"}
    sent = {"output": output.pk, "form": form, "answers": {"one": "yes"}}  # type: ignore[union-attr]
    assert caller.post("judgments", sent).status_code == 403
    assert not Judgment.objects.exists()


@pytest.mark.parametrize("asked", [{"protocol": "nobody"}, {"criteria": ["nobody"]},
                                   {"block": "nobody"}, {"direct": "nobody"}])  # fmt: skip
def test_what_is_not_there_is_not_asked(caller: Caller, asked: dict[str, Any]) -> None:
    make_output()
    assert caller.post("queue/next", asked).status_code == 404


def test_pairs_are_judged_on_the_site_alone(caller: Caller) -> None:
    make_protocol("pairs", subject="pair")
    refused = caller.post("queue/next", {"protocol": "pairs"})
    assert refused.status_code == 422
    assert "pairs" in refused.json()["detail"]


def test_a_draft_tells_not_even_what_it_asks_about(caller: Caller) -> None:
    make_protocol("pairs", subject="pair")
    Protocol.objects.update(opened_at=None)
    refused = caller.post("queue/next", {"protocol": "pairs"})
    assert refused.status_code == 403
    assert "not open yet" in refused.json()["detail"]


@pytest.mark.parametrize("asked", ["protocol=%00", "page=%00", "direct=a%00", "&".join("a" * 1500)])
def test_a_form_that_asks_what_cannot_be_is_refused(caller: Caller, asked: str) -> None:
    make_output()
    task = draw(caller)["task"]
    task["form"]["asked"] = asked
    refused = save(caller, task, {"one": "yes", "two": "no"})
    assert refused.status_code in (400, 404)
    assert refused["Content-Type"] == "application/problem+json"
    assert not Judgment.objects.exists()


@pytest.mark.parametrize(
    "said",
    [{"seconds": -1}, {"seen": 10**30}, {"segmentation": 10**30}, {"first_error": 10**30},
     {"roles": {10**30: "plan"}}, {"correct": {-1: 1}}, {"both": "x" * 2001},
     {"marks": [{"part": "trace", "start": 10**30, "end": -1}]},
     {"marks": [{"part": "nowhere", "start": 0, "end": 1}]}],
)  # fmt: skip
def test_numbers_that_cannot_be_break_nothing(caller: Caller, said: dict[str, Any]) -> None:
    make_output()
    task = draw(caller)["task"]
    if "seen" in said:
        task["form"] |= said
        said = {}
    answered = save(caller, task, {"one": "yes", "two": "no"}, **said)
    assert answered.status_code in (200, 409, 422), answered.content


def test_steps_are_labelled_too(caller: Caller) -> None:
    version = make_protocol("steps", steps="labels")
    make_item(version, make_output())
    task = draw(caller, protocol="steps")["task"]
    assert task["labels"] == "labels"
    saved = save(caller, task, {}, roles={0: "observation"}, correct={1: -1}, first_error=1,
                 segmentation=Output.objects.get().steps.earliest("pk").segmentation)  # fmt: skip
    assert saved.status_code == 200, saved.content
    assert Judgment.objects.get().step_labels.count() == 2


def test_the_verdicts_of_an_output_wait_until_it_was_judged(ada: User, caller: Caller) -> None:
    output = make_output()
    version = make_definition("taylor", {"all": ["one", "two"]})
    give(make_judge(user=make_user("eve")), output, {"one": "yes", "two": "yes"})
    classify(make_judge(user=make_user("bob")), output, version, "no")
    path = f"outputs/{output.pk}/verdicts"
    for hidden in (Caller().get(path), caller.get(path)):
        assert hidden.json() == {"shown": False, "told": hidden.json()["told"], "judges": 0,
                                 "verdicts": [], "criteria": []}  # fmt: skip
    save(caller, draw(caller)["task"], {"one": "no", "two": "yes"})
    shown = caller.get(path).json()
    assert shown["shown"] is True
    assert [each["definition"] for each in shown["verdicts"]] == ["taylor"]
    assert {given["label"] for given in shown["criteria"][0]["given"]} == {"You", "Judge 1"}
    assert "eve" not in str(shown)


def test_asking_for_the_answers_of_others_is_recorded(ada: User, caller: Caller) -> None:
    output = make_output()
    give(make_judge(), output, {"one": "yes", "two": "yes"})
    shown = caller.post(f"outputs/{output.pk}/reveal", {})
    assert shown.json()["shown"] is True
    task = draw(caller)["task"]
    assert task["not_blind"] == "output"
    save(caller, task, {"one": "no", "two": "no"})
    assert Judgment.objects.get(judge__user=ada).blind is False
