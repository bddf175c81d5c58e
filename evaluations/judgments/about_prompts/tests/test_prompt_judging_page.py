"""The prompt page: a prompt alone, its criteria asked once, nothing lost."""

import re
import uuid
from html import unescape

import pytest
from django.test import Client
from pytest_django import Settings

from evaluations.judgments.about_prompts.actions import submit_about_prompt, undo_about_prompt
from evaluations.judgments.answers.actions import JudgmentRefused, Served, Stale, reveal_answers
from evaluations.judgments.models import Answer, Draft, Judge, Judgment
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_prompt,
    make_user,
)
from evaluations.judgments.tests.form import chosen, filled, hidden_fields, text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.prompts.models import PromptSet

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
NEXT = "/judge/prompt/"
LAMP = "/judge/prompt/lamp/"


@pytest.fixture(autouse=True)
def criteria() -> None:
    make_criterion("needs-steps", level="prompt", question="Does it need steps?")
    make_criterion("is-clear", level="prompt", question="Is it clear?")
    make_criterion("follows", question="Does the answer follow?")


def saved_form(client: Client, url: str, **fields: str) -> dict[str, str]:
    answers = {"needs_steps": "yes", "is_clear": "no", **fields}
    return filled(client.get(url), **answers)


def test_the_prompt_is_shown_alone(client: Client) -> None:
    prompt = make_prompt("lamp", text="Is anybody home?", reference="SECRET REFERENCE")
    make_output(prompt=prompt, answer="AN ANSWER", trace="SOME WORKING")
    body = text_of(client.get(client.get(NEXT)["Location"]))
    for shown in ("Is anybody home?", "Does it need steps?", "Is it clear?"):
        assert shown in body
    for hidden in ("AN ANSWER", "SOME WORKING", "SECRET REFERENCE", "Does the answer follow?"):
        assert hidden not in body
    assert 'id="criterion-needs-steps"' in body


def test_saving_stores_a_judgment_of_the_prompt_and_goes_on(client: Client) -> None:
    make_prompt("lamp")
    make_prompt("other")
    response = client.post(LAMP, saved_form(client, LAMP, comment="odd", seconds="2.5"))
    assert response.status_code == 303
    assert response["Location"] == "/judge/prompt/other/"
    judgment = Judgment.objects.get()
    assert judgment.prompt is not None
    assert (judgment.prompt.slug, judgment.output, judgment.comment) == ("lamp", None, "odd")
    assert (judgment.seconds, judgment.blind, judgment.guest_check) == (2.5, True, "counted")
    assert set(judgment.answers.values_list("criterion__key", "value")) == {
        ("needs-steps", "yes"),
        ("is-clear", "no"),
    }


def test_a_prompt_is_asked_once_a_judge_also_when_it_was_answered_with_an_output(
    client: Client,
) -> None:
    lamp, other = make_prompt("lamp"), make_prompt("other")
    user = make_user()
    judge = make_judge(user=user)
    give(judge, make_output(prompt=lamp), {"needs-steps": "yes", "is-clear": "no"})
    client.force_login(user)
    assert client.get(NEXT)["Location"] == "/judge/prompt/other/"
    client.post(f"{NEXT}{other.slug}/", saved_form(client, f"{NEXT}{other.slug}/"))
    body = text_of(client.get(NEXT))
    assert "You have answered about every prompt here" in body
    assert chosen(client.get(LAMP)) == {"answer-needs-steps": "yes", "answer-is-clear": "no"}


def test_htmx_gets_the_next_prompt_with_its_address_and_words(client: Client) -> None:
    make_prompt("lamp")
    make_prompt("other")
    url = f"{LAMP}?criteria=needs-steps"
    form = filled(client.get(url), needs_steps="partly")
    response = client.post(url, form, headers=HTMX)
    body = text_of(response)
    assert body.lstrip().startswith('<div class="judging-item"')
    assert response["HX-Push-Url"] == "/judge/prompt/other/?criteria=needs-steps"
    assert "Saved. It holds for every output to that prompt." in body
    assert "Is it clear?" not in body
    assert 'id="item-title" tabindex="-1" data-focus' in body


def test_a_later_answer_replaces_the_earlier_and_undo_restores_it(client: Client) -> None:
    make_prompt("lamp")
    client.post(LAMP, saved_form(client, LAMP))
    client.post(LAMP, saved_form(client, LAMP, needs_steps="no", comment="a slip"))
    current = Answer.objects.current().filter(criterion__key="needs-steps")
    assert current.get().value == "no"
    token = str(Judgment.objects.latest("id").form_token)
    response = client.post(f"{LAMP}undo/", {"form_token": token}, headers=HTMX)
    assert current.get().value == "yes"
    assert chosen(response)["answer-needs-steps"] == "no"
    assert "a slip" in text_of(response)
    late = client.post(f"{LAMP}undo/", {"form_token": token}, follow=True)
    assert "That could not be undone" in text_of(late)


def test_an_unanswered_question_is_named_and_the_rest_is_kept(client: Client) -> None:
    make_prompt("lamp")
    response = client.post(LAMP, filled(client.get(LAMP), is_clear="no", comment="kept words"))
    assert response.status_code == 422
    assert "Choose an answer" in text_of(response)
    assert "kept words" in text_of(response)
    assert chosen(response) == {"answer-is-clear": "no"}


def test_a_stale_form_is_a_409_that_keeps_everything_and_then_saves(client: Client) -> None:
    make_prompt("lamp")
    form = saved_form(client, LAMP, comment="mine")
    client.post(LAMP, saved_form(client, LAMP))
    late = client.post(LAMP, {**form, "form_token": str(uuid.uuid4())})
    assert late.status_code == 409
    assert "mine" in text_of(late)
    assert Judgment.objects.count() == 1
    again = {**hidden_fields(late), **chosen(late), "comment": "mine"}
    assert client.post(LAMP, again).status_code == 303
    assert client.post(LAMP, {**form, "content": "0" * 16}).status_code == 409


def test_a_double_click_is_stored_once(client: Client) -> None:
    make_prompt("lamp")
    form = saved_form(client, LAMP)
    assert [client.post(LAMP, form).status_code for _ in range(2)] == [303, 303]
    assert Judgment.objects.count() == 1


def test_a_skipped_prompt_does_not_come_again(client: Client) -> None:
    make_prompt("lamp")
    response = client.post(f"{LAMP}skip/")
    assert response["Location"] == NEXT
    assert "every prompt here" in text_of(client.get(NEXT))
    assert not Judge.objects.exists()


def test_prompts_that_a_model_answered_come_before_a_set_that_nobody_ran(client: Client) -> None:
    for number in range(8):
        make_prompt(f"made-{number}")
    give(
        make_judge(),
        make_output(prompt=make_prompt("lamp")),
        {"needs-steps": "yes", "is-clear": "yes"},
    )
    assert client.get(NEXT)["Location"] == LAMP, "though another judged it already"


def test_prompts_for_model_judges_are_not_asked_about(client: Client) -> None:
    make_prompt("lamp")
    PromptSet.objects.update(is_listed=False)
    assert "No prompts to judge yet" in text_of(client.get(NEXT))
    assert client.get(LAMP).status_code == 404


def test_a_protocol_serves_its_prompts_and_is_finished_by_one_page(client: Client) -> None:
    lamp = make_prompt("lamp")
    block = make_block("needs-steps", "follows", slug="about", is_default=False)
    item = make_item(
        make_protocol(subject="prompt", blocks=(block,), asks_confidence=True), prompt=lamp
    )
    client.force_login(make_user())
    url = client.get(f"{NEXT}?protocol=small")["Location"]
    assert url == f"{LAMP}?protocol=small"
    page = client.get(url)
    assert "Held for you until" in text_of(page)
    assert "Does the answer follow?" not in text_of(page)
    client.post(url, {**filled(page, needs_steps="yes"), "confidence": "80"})
    judgment = Judgment.objects.get()
    assert (judgment.item, judgment.finishes_item, judgment.confidence) == (item, True, 80)
    item.refresh_from_db()
    assert (item.done, item.leased) == (1, 0)
    undo_about_prompt(judge=judgment.judge, form_token=judgment.form_token)
    item.refresh_from_db()
    assert (item.done, item.leased) == (0, 1)


def test_a_draft_is_kept_on_the_server_until_it_is_saved(client: Client) -> None:
    make_prompt("lamp")
    reply = client.post(f"{LAMP}draft/", saved_form(client, LAMP, comment="half a thought")).json()
    assert reply["saved_at"]
    page = client.get(LAMP)
    assert "half a thought" in text_of(page)
    assert chosen(page) == {"answer-needs-steps": "yes", "answer-is-clear": "no"}
    client.post(LAMP, saved_form(client, LAMP))
    assert not Draft.objects.exists()


def test_guests_beyond_the_allowance_keep_what_they_typed(
    client: Client, settings: Settings
) -> None:
    settings.GUEST_JUDGMENTS_A_DAY = 0
    make_prompt("lamp")
    response = client.post(LAMP, saved_form(client, LAMP, comment="kept words"))
    assert response.status_code == 429
    assert "kept words" in text_of(response)
    assert not Judgment.objects.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/judge/prompt/none/", "There is no prompt"),
        (f"{NEXT}?criteria=follows", "asked about a prompt alone"),
        (f"{NEXT}?criteria=none", "is not a criterion"),
        (f"{NEXT}?protocol=none", "There is no protocol"),
        (f"{NEXT}?protocol=small", "does not ask about prompts alone"),
    ],
)
def test_an_address_that_names_nothing_is_a_404_with_a_sentence(
    client: Client, url: str, words: str
) -> None:
    make_protocol()
    response = client.get(url)
    assert response.status_code == 404
    assert words in unescape(text_of(response))


def test_a_prompt_outside_the_protocol_is_a_404(client: Client) -> None:
    make_prompt("lamp")
    block = make_block("needs-steps")
    make_protocol(subject="prompt", blocks=(block,))
    response = client.get(f"{LAMP}?protocol=small")
    assert response.status_code == 404
    assert "is not part of" in text_of(response)


def test_the_action_refuses_what_is_not_about_the_prompt() -> None:
    judge, prompt = make_judge(), make_prompt("lamp")
    needs = make_criterion("another", level="prompt")
    follows = make_criterion("later")
    item = make_item(make_protocol(subject="prompt"), prompt=make_prompt("other"))
    for answers, served, words in (
        ({}, Served(), "at least one"),
        ({needs: "maybe"}, Served(), "four answers"),
        ({follows: "yes"}, Served(), "prompt alone"),
        ({needs: "yes"}, Served(item=item), "not the one"),
    ):
        with pytest.raises(JudgmentRefused, match=words):
            submit_about_prompt(
                judge=judge, prompt=prompt, answers=answers, form_token=uuid.uuid4(), served=served
            )


def test_a_judgment_after_others_answers_were_shown_is_not_blind() -> None:
    judge, prompt = make_judge(), make_prompt("lamp")
    needs = make_criterion("another", level="prompt")
    reveal_answers(judge=judge, output=make_output(prompt=prompt))
    token = uuid.uuid4()
    judgment = submit_about_prompt(
        judge=judge, prompt=prompt, answers={needs: "yes"}, form_token=token
    )
    assert not judgment.blind
    with pytest.raises(Stale):
        submit_about_prompt(judge=judge, prompt=prompt, answers={needs: "no"}, form_token=token)


def test_keys_are_on_the_buttons(client: Client) -> None:
    make_prompt("lamp")
    body = text_of(client.get(LAMP))
    for name, key in (("save", "enter"), ("skip", "s"), ("comment", "c")):
        assert re.search(f'id="{name}"[^>]* data-key="{key}"', body)
