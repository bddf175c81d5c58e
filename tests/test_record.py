"""What it takes to repeat an output: kept by the queue, shown on pages, and raw answers to few."""

import json
from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from evaluations.inference.engine import Likely, Result
from evaluations.runs import queue
from evaluations.runs.models import Likelihood, Output, OutputState, Response, Run, SentPrompt
from evaluations.runs.results import written
from tests.cast import make_output, make_prompt, make_recipe, make_run, make_user

pytestmark = pytest.mark.django_db
RAW = '{"choices": [{"message": {"content": "<b>yes\\u0000"}}]}'
SENT = '[["user", "Is it on? <b>"]]'
RESULT = Result(
    id="1", text="yes", trace="", answer="yes", trace_visibility="not-written", tokens_in=3,
    tokens_out=1, stop_reason="stop", seconds=1.0, prompt_text=SENT, raw=RAW + "\x00",
    usage={"prompt_tokens": 3, "details": {"cached": 2}},
    environment={
        "prompt_messages_sha256": "5e" * 32, "seed_promise": "asked for, not promised",
    },
)  # fmt: skip


@pytest.fixture
def output() -> Output:
    """One that a worker stored with its record."""
    run = make_run(recipe=make_recipe(temperature=1.0))
    waiting = Output.objects.create(
        run=run, prompt=make_prompt("lamp"), seed=7, state=OutputState.PENDING
    )
    (claim,) = queue.claim(model=run.model_id, owner="me", count=1)
    assert queue.finish([written(claim, replace(RESULT, id=str(waiting.pk)))]) == 1
    assert queue.finish([written(claim, RESULT)]) == 0, "a late writer keeps nothing"
    return Output.objects.get(pk=waiting.pk)


def test_what_was_sent_and_answered_is_kept_with_the_output(output: Output) -> None:
    sent = SentPrompt.objects.get()
    assert (sent.digest, sent.text) == (output.prompt_digest, SENT)
    response = Response.objects.get()
    assert (response.output, response.body) == (output, RAW + "�")
    assert response.usage == RESULT.usage
    for row, change in ((sent, {"text": "other"}), (response, {"usage": {}})):
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.update(**change)
    Response.objects.update(body="")


def test_how_likely_tokens_were_is_kept_within_bounds_and_shown_in_words(client: Client) -> None:
    told = (
        Likely("It ", -0.01), Likely("is\x00", -0.5), Likely("<i>", -9.0), Likely("", -1.5),
        *[Likely("long " * 30, -0.001)] * 5000,
    )  # fmt: skip
    run = make_run(recipe=make_recipe(temperature=1.0, logprobs=True))
    waiting = Output.objects.create(
        run=run, prompt=make_prompt("lamp"), seed=7, state=OutputState.PENDING
    )
    (claim,) = queue.claim(model=run.model_id, owner="me", count=1)
    result = replace(RESULT, id=str(waiting.pk), logprobs=told, tokens_out=len(told))
    assert queue.finish([written(claim, result)]) == 1
    kept = Likelihood.objects.get()
    assert len(kept.tokens) == 4096
    assert kept.tokens[:4] == [["It ", -0.01], ["is�", -0.5], ["<i>", -9.0], ["", -1.5]]
    assert {len(text) for text, _ in kept.tokens[4:]} == {60}
    with pytest.raises(DatabaseError), transaction.atomic():
        Likelihood.objects.update(tokens=[])

    page = client.get(f"/outputs/{waiting.pk}/").content.decode()
    assert "4,096 tokens, the first of 5,004: half of them at least 99.9% likely, 2 less" in page
    assert 'It <span class="quite-likely">is�</span><span class="rare">&lt;i&gt;</span>' in page
    assert '<li>under 0.1%: <span class="muted">It is�</span><strong>&lt;i&gt;</strong>' in page
    assert "22.3%" in page
    assert "a token without a text" in page
    file = client.get(f"/outputs/{waiting.pk}.json").json()
    assert file["likelihood"] == kept.tokens
    judging = client.get(f"/judge/{waiting.pk}/").content.decode()
    assert "likelihood" not in judging
    assert "likely" not in judging


def test_nothing_is_said_where_nothing_was_asked(client: Client, output: Output) -> None:
    assert "likelihood" not in client.get(f"/outputs/{output.pk}/").content.decode()
    assert client.get(f"/outputs/{output.pk}.json").json()["likelihood"] is None


def test_a_prompt_that_was_sent_twice_is_kept_once(output: Output) -> None:
    again = Output.objects.create(
        run=output.run, prompt=output.prompt, seed=8, sample=1, state=OutputState.PENDING
    )
    (claim,) = queue.claim(model=output.run.model_id, owner="me", count=1)
    assert queue.finish([written(claim, replace(RESULT, id=str(again.pk)))]) == 1
    assert (SentPrompt.objects.count(), Response.objects.count()) == (1, 2)


def test_pages_and_files_say_what_it_takes(client: Client, output: Output) -> None:
    page = client.get(output.get_absolute_url()).content.decode()
    assert "Is it on? &lt;b&gt;" in page
    assert "<em>asked for, not promised</em>" in page
    assert "details (cached 2), prompt_tokens 3" in page
    assert "choices" not in page
    where = output.run.get_absolute_url().rstrip("/")
    assert "<em>asked for, not promised</em>" in client.get(f"{where}/").content.decode()
    text = client.get(f"{where}.json").content.decode()
    found = json.loads(text)
    assert found["seed_promises"] == ["asked for, not promised"]
    assert found["prompts_as_sent"] == [{"digest": output.prompt_digest, "text": SENT}]
    (row,) = found["outputs"]
    assert (row["usage"], row["attempts"]) == (RESULT.usage, 1)
    assert "choices" not in text
    assert "choices" not in client.get(f"{where}.csv").content.decode()


def test_a_greedy_run_needs_no_promise(client: Client) -> None:
    output = make_output(run=make_run(recipe=make_recipe(temperature=0.0)))
    page = client.get(output.run.get_absolute_url()).content.decode()
    assert "temperature 0 draws nothing" in page
    page = client.get(output.get_absolute_url()).content.decode()
    assert "temperature 0 draws nothing" in page
    assert "The prompt as it was sent was not kept." in page


def test_a_raw_answer_is_for_those_who_steer_the_run(client: Client, output: Output) -> None:
    where = f"/outputs/{output.pk}/response.txt"
    launcher, other = (make_user(name, role="researcher") for name in ("one", "other"))
    Run.objects.update(launched_by=launcher)
    for person, status in ((None, 403), (other, 403), (make_user("member"), 403)):
        if person:
            client.force_login(person)
        assert client.get(where).status_code == status
        assert where not in client.get(output.get_absolute_url()).content.decode()
    for person in (launcher, make_user("boss", is_staff=True)):
        client.force_login(person)
        answer = client.get(where)
        assert answer.content.decode() == RAW + "�"
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert where in client.get(output.get_absolute_url()).content.decode()
    Response.objects.update(body="")
    assert client.get(where).status_code == 410
    Run.objects.update(visibility="private", launched_by=launcher)
    client.force_login(other)
    assert client.get(where).status_code == 404
