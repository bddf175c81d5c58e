"""The page that tries a grader: what it shows, who may send to it, and within which limits."""

import pytest
from django.test import Client

from evaluations.common.models import TokenBucket
from evaluations.prompts import trials
from evaluations.prompts.trials import replies_in
from tests.cast import make_prompt, make_user

pytestmark = pytest.mark.django_db
SENT = {"grader": "numeric", "reference": "12", "strategy": "step-by-step"}


@pytest.fixture
def writer(client: Client) -> Client:
    client.force_login(make_user("writer", role="researcher"))
    return client


def test_replies_are_divided_by_lines_of_dashes() -> None:
    assert replies_in("one\r\ntwo\n---\n\n---\n  three\n") == ["one\ntwo", "  three"]
    assert replies_in(" \n---\n") == []


def test_each_reply_is_shown_with_its_span_its_verdict_and_why(writer: Client) -> None:
    accept = "1. Count.\nAnswer: 12 apples, 3 of them red.\n---\nAnswer: 13"
    page = writer.post("/graders/", {**SENT, "accept": accept, "refuse": "Answer: 12"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "1 of 3 as they must be" in text
    assert 'Answer: <mark class="evidence">12 apples, 3 of them red.</mark>' in text
    assert "behind a marker" in text
    assert "not equal to 12" in text
    assert text.count("not as it must be") == 2
    assert "Answer: 13</textarea>" in text, "what was typed stays"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reference": "noon"}, "holds no number"),
        ({"parameters": "{"}, "It is not JSON."),
        ({"parameters": '{"near": 1}'}, "no parameter is called"),
        ({"grader": "regex"}, "&#x27;pattern&#x27; is lacking"),
        ({"grader": "judge"}, "Select a valid choice"),
        ({"accept": ""}, "Paste at least one reply"),
        ({"accept": "\n---\n".join("abcdefghijklmnopqrstu")}, "20 replies are the most at once."),
        ({"accept": "a" * 4001}, "at most 4,000 characters"),
    ],
)
def test_what_cannot_be_tried_is_said_and_kept(
    writer: Client, changed: dict[str, str], said: str
) -> None:
    page = writer.post("/graders/", {**SENT, "accept": "Answer: 12", **changed})
    assert page.status_code == 422
    assert said in page.content.decode()
    assert "To be accepted" not in page.content.decode()


def test_nobody_else_has_the_server_work(client: Client) -> None:
    page = client.get("/graders/").content.decode()
    assert "math-verify" in page
    assert "<textarea" not in page
    sent = {**SENT, "accept": "Answer: 12"}
    assert client.post("/graders/", sent).status_code == 403
    client.force_login(make_user("member"))
    assert client.post("/graders/", sent).status_code == 403


def test_what_runs_away_is_said_and_ends_the_trial_in_time(
    writer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "SECONDS", 1)
    accept = f"Answer: {'a' * 60}!b\n---\nAnswer: a"
    sent = {**SENT, "grader": "regex", "reference": "a", "parameters": '{"pattern": "(a+)+$"}'}
    page = writer.post("/graders/", {**sent, "accept": accept}).content.decode()
    assert "not graded: timed out" in page
    assert "not tried: the ones before took too long" in page
    assert "0 of 2 as they must be" in page


def test_an_hour_has_so_many_trials(writer: Client) -> None:
    sent = {**SENT, "accept": "Answer: 12"}
    assert writer.post("/graders/", sent).status_code == 200
    TokenBucket.objects.update(tokens=0)
    page = writer.post("/graders/", sent)
    assert page.status_code == 429
    assert "60 trials an hour are the most" in page.content.decode()
    assert "Answer: 12</textarea>" in page.content.decode()


def test_it_opens_with_a_prompt_for_who_may_change_it(client: Client) -> None:
    prompt = make_prompt(grader="numeric", reference="7.25", parameters={"within": 0.125})
    client.force_login(make_user("another", role="researcher"))
    assert "7.25" not in client.get(f"/graders/?prompt={prompt.slug}").content.decode()
    client.force_login(make_user("boss", is_staff=True))
    page = client.get(f"/graders/?prompt={prompt.slug}").content.decode()
    assert "7.25</textarea>" in page
    assert "0.125" in page
