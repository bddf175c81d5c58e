"""A judge's own pages: figures, history with change and undo, and the files to take along."""

import csv
import io
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.judgments.answers.actions import Served, reveal_answers
from evaluations.judgments.answers.marks import MarkDraft
from evaluations.judgments.answers.steps import StepAnswers
from evaluations.judgments.judges.visitors import GUEST_KEY
from evaluations.judgments.models import Answer, Comparison, GuestCheck, Judge, Judgment
from evaluations.judgments.pairs.actions import submit_comparison
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

PAGES = ["/judge/me/", "/judge/me/history/", "/judge/me/judgments.csv",
         "/judge/me/judgments.json", "/judge/me/leave/"]  # fmt: skip


@pytest.fixture
def judge(client: Client) -> Judge:
    make_criterion("one")
    make_criterion("two")
    make_criterion("asked", level="prompt")
    judge = make_judge(user=make_user())
    client.force_login(judge.user)
    return judge


@pytest.fixture
def guest(client: Client) -> Judge:
    """The guest of the client's browser."""
    make_criterion("one")
    guest = make_judge("guest")
    session = client.session
    session[GUEST_KEY] = str(guest.guest_key)
    session.save()
    return guest


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_who_judged_nothing_gets_a_page_and_leaves_no_trace(
    client: Client, path: str
) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert not Judge.objects.exists()


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_another_judges_work(client: Client, judge: Judge, path: str) -> None:
    give(make_judge(), make_output(), {"one": "yes"}, comment="a stranger's comment")
    page = text(client, path)
    assert "stranger" not in page
    assert "Title of" not in page
    assert "prompt-" not in page


def test_the_figures_are_on_the_page(client: Client, judge: Judge) -> None:
    other = make_judge()
    for index in range(10):
        output = make_output()
        give(judge, output, {"one": "yes"}, seconds=12.0)
        give(other, output, {"one": "yes" if index else "no"})
    give(judge, output, {"one": "no"}, seconds=12.0)
    give(judge, output, {"one": "yes"}, seconds=12.0)
    page = text(client, "/judge/me/")
    assert "<dt>judgments</dt><dd>12</dd>" in page
    assert "<dt>outputs</dt><dd>10</dd>" in page
    # A change of one's own is no repeat.
    assert "After twenty outputs of a protocol it may ask you" in page
    assert '<td class="number">90%</td><td class="number">60% to 98%</td>' in page
    assert '<td class="number">10</td><td class="number">1</td>' in page
    assert "days in a row" not in page


def test_too_few_pairs_say_so_and_show_no_share(client: Client, judge: Judge) -> None:
    output = make_output()
    give(judge, output, {"one": "yes"})
    give(make_judge(), output, {"one": "yes"})
    page = text(client, "/judge/me/")
    assert "not enough yet" in page
    assert "100%" not in page


def test_a_guest_sees_what_waits_for_an_account(client: Client, guest: Judge) -> None:
    give(guest, make_output(), {"one": "yes"}, served=Served(guest_check=GuestCheck.HELD_BACK))
    give(guest, make_output(), {"one": "yes"})
    assert "1 judgment held back or not checked: it counts once you" in text(client, "/judge/me/")
    page = text(client, "/judge/me/history/")
    assert page.count('badge-doubt">held back<') == 1
    client.force_login(make_user())
    page = text(client, "/judge/me/history/")
    assert page.count("<article") + page.count('class="entry-title"') == 2
    assert "held back" not in page, "an account's judgments count"


def test_history_names_every_state(client: Client, judge: Judge) -> None:
    outputs = [make_output() for _ in range(3)]
    give(judge, outputs[0], {"one": "yes", "asked": "no"}, comment="<b>typed</b>", seconds=41.6)
    give(judge, outputs[0], {"one": "no", "asked": "yes"})
    reveal_answers(judge=judge, output=outputs[1])
    give(judge, outputs[1], {"two": "partly"})
    (undone,) = give(judge, outputs[2], {"two": "yes"})
    client.post("/judge/me/history/undo/", {"form_token": undone.form_token})
    page = text(client, "/judge/me/history/")
    states = [
        [badge.partition(">")[2].partition("<")[0] for badge in entry.split('class="badge')[1:]]
        for entry in page.split('class="entry-title"')[1:]
    ]
    assert states == [["withdrawn"], ["current", "unblinded"], ["current"], ["superseded"]]
    assert "&lt;b&gt;typed&lt;/b&gt;" in page
    assert "42 s" in page
    assert page.count("(not in force)") == 2
    assert f'href="/outputs/{outputs[0].pk}/"' in page


def test_change_leads_to_the_same_questions_with_the_answers_in_place(
    client: Client, judge: Judge
) -> None:
    output = make_output()
    version = make_definition("taylor", "one")
    give(judge, output, {"two": "partly"})
    classify(judge, output, version, "no", words="because")
    page = text(client, "/judge/me/history/")
    for change, name in (
        (f"/judge/{output.pk}/?criteria=two", "answer-two"),
        (f"/judge/{output.pk}/?direct=taylor", "answer-direct"),
    ):
        assert f'href="{change}"' in page
        assert f'name="{name}"' in text(client, change)
        assert " checked" in text(client, change)


def test_change_within_a_protocol_opens_its_page_while_it_is_open(
    client: Client, judge: Judge
) -> None:
    output = make_output()
    version = make_protocol(blocks=(make_block("one"),), asks_holistic=True)
    item = make_item(version, output)
    give(judge, output, {"one": "no"}, served=Served(item=item, page="block:first"))
    change = f"/judge/{output.pk}/?protocol=small&amp;page=block%3Afirst"
    assert f'href="{change}"' in text(client, "/judge/me/history/")
    assert 'name="answer-one"' in text(client, change.replace("&amp;", "&"))
    type(version.protocol).objects.update(closed_at="2026-01-01T00:00Z")
    assert f'href="/judge/{output.pk}/?criteria=one"' in text(client, "/judge/me/history/")


def test_any_form_can_be_undone_and_refusals_are_in_words(client: Client, judge: Judge) -> None:
    output = make_output()
    (first,) = give(judge, output, {"one": "yes"})
    (second,) = give(judge, output, {"one": "no"})

    def undo(token: object) -> str:
        data = {"form_token": token, "back": "/judge/me/history/?page=1"}
        response = client.post("/judge/me/history/undo/", data, follow=True)
        assert response.redirect_chain[0][0] == data["back"]
        return response.content.decode()

    assert "you saved newer answers" in undo(first.form_token)
    assert "Undone." in undo(second.form_token)
    assert Answer.objects.current().get().value == "yes"
    assert "undone already" in undo(second.form_token)
    assert "Undone." in undo(first.form_token)
    (strange,) = give(make_judge(), output, {"one": "yes"})
    assert "not saved by you" in undo(strange.form_token)
    assert "not saved by you" in undo("nonsense")
    assert Judgment.objects.standing().get() == strange
    away = {"form_token": "x", "back": "//evil.example/"}
    assert client.post("/judge/me/history/undo/", away)["Location"] == "/judge/me/history/"


def compared(judge: Judge, left: Output, value: str = "left", **fields: Any) -> Comparison:
    right = make_output(prompt=left.prompt)
    return submit_comparison(
        judge=judge, left=left, right=right, value=value, form_token=uuid.uuid4(), **fields
    )


def test_pairs_are_in_the_history_and_can_be_undone(client: Client, judge: Judge) -> None:
    made = compared(judge, make_output(), comment="close")
    page = text(client, "/judge/me/history/")
    assert f"output {made.left_id} beside output {made.right_id}" in page
    assert f'href="/judge/pair/?left={made.left_id}&amp;right={made.right_id}"' in page
    assert "More of reasoning: left" in page
    data = {"form_token": made.form_token}
    page = client.post("/judge/me/history/undo/", data, follow=True).content.decode()
    assert "Undone." in page
    made.refresh_from_db()
    assert made.withdrawn_at is not None


def test_history_is_paginated_newest_first_with_few_queries(client: Client, judge: Judge) -> None:
    outputs = [make_output() for _ in range(13)]
    for output in outputs:
        give(judge, output, {"one": "yes", "asked": "no"})
        compared(judge, output)
    page = text(client, "/judge/me/history/")
    assert page.count('class="entry-title"') == 25
    assert "Page 1 of 2" in page
    assert page.index(outputs[12].prompt.title) < page.index(outputs[1].prompt.title)
    with CaptureQueriesContext(connection) as captured:
        last = text(client, "/judge/me/history/?page=2")
    assert last.count('class="entry-title"') == 1
    few = len(captured)
    with CaptureQueriesContext(connection) as captured:
        text(client, "/judge/me/history/")
    assert len(captured) <= few + 9, "queries do not grow with the forms on a page"


def test_the_files_hold_all_that_was_saved(client: Client, judge: Judge) -> None:
    output = make_output(trace="First.\nSecond.")
    version = make_definition("taylor", "one")
    give(
        judge, output, {"one": "yes", "asked": "no"}, comment="=1+1", seconds=3.5, confidence=80,
        marks=[MarkDraft(part="trace", start=0, end=5, criterion="one")],
        steps=StepAnswers(segmentation=1, mode="labels", roles={0: "plan"}, correctness={1: -1}),
    )  # fmt: skip
    classify(judge, output, version, "partly", words="the words", reason="a reason")
    compared(judge, output, value="neither", comment="both bad")
    reader = csv.DictReader(io.StringIO(text(client, "/judge/me/judgments.csv")))
    rows = list(reader)
    assert [row["what"] for row in rows] == [
        "answer", "mark", "step", "step", "answer", "answer", "comparison",
    ]  # fmt: skip
    first, mark, role, wrong, _, direct, pair = rows
    assert (first["question"], first["value"], first["wording"]) == ("one", "yes", "1")
    assert (first["comment"], first["seconds"], first["confidence"]) == ("'=1+1", "3.5", "80")
    assert (mark["quote"], mark["start"], mark["end"]) == ("First", "0", "5")
    assert (role["step"], role["role"], role["correctness"]) == ("1", "plan", "")
    assert (wrong["step"], wrong["role"]) == ("2", "")
    assert wrong["correctness"] == "-1"
    assert (direct["question"], direct["words"], direct["reason"]) == (
        "taylor", "the words", "a reason",
    )  # fmt: skip
    assert (pair["left"], pair["value"], pair["comment"]) == (
        str(output.pk), "neither", "both bad",
    )  # fmt: skip
    response = client.get("/judge/me/judgments.json")
    assert "Access-Control-Allow-Origin" not in response
    data = response.json()
    assert [len(form["answers"]) for form in data["judgments"]] == [1, 1, 1]
    assert data["judgments"][0]["comment"] == "=1+1"
    assert data["judgments"][0]["marks"][0]["question"] == "one"
    assert data["comparisons"][0]["question"] == "plain"
    model = output.run.model
    for name in (model.name, model.slug):
        assert name not in response.content.decode()
