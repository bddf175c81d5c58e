"""What somebody sends: stored once, as an output of the row People, and never a word lost."""

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from evaluations.judgments.answers.actions import reveal_answers
from evaluations.judgments.by_hand import actions
from evaluations.judgments.by_hand.actions import HandRefused, pass_by, send
from evaluations.judgments.by_hand.tests.worlds import before, open_prompt, write, writer
from evaluations.judgments.models import Writing, WrittenByHand
from evaluations.judgments.tests.cast import make_judge, make_output, make_user
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import LanguageModel, Output, Recipe, Strategy

pytestmark = pytest.mark.django_db

URL = "/answer/"


def test_a_text_becomes_an_output_of_the_row_people_with_steps_and_grade() -> None:
    open_prompt()
    own = write(working="1. Two and two.\n2. That is four.", answer="4")
    output = own.output
    model, recipe = output.run.model, output.run.recipe
    assert (model.name, model.is_people, model.backend) == ("People", True, "")
    assert (recipe.slug, recipe.strategy) == ("by-hand-in-steps", "step-by-step")
    assert (output.state, output.trace_visibility) == ("done", "full")
    assert output.text == "1. Two and two.\n2. That is four.\n\nAnswer: 4"
    assert (output.trace, output.answer) == ("1. Two and two.\n2. That is four.", "4")
    assert output.steps.count() == 2
    grade = output.grade
    assert grade is not None
    assert grade.score == 1.0


def test_the_answer_alone_has_no_working_and_is_another_recipe() -> None:
    open_prompt()
    output = write(answer="5").output
    assert output.run.recipe.slug == "by-hand"
    assert (output.text, output.trace, output.trace_visibility) == ("5", "", "not-written")
    assert output.grade is not None
    assert output.grade.score == 0.0


def test_neither_row_nor_recipes_are_asked_by_runs() -> None:
    open_prompt()
    write()
    assert not LanguageModel.objects.can_be_asked().filter(is_people=True).exists()
    assert not Recipe.objects.listed().filter(slug__startswith="by-hand").exists()


def test_there_is_one_row_people_and_nothing_loads_it() -> None:
    open_prompt()
    write()
    with pytest.raises(DatabaseError), transaction.atomic():
        LanguageModel.objects.create(slug="more", name="More", backend="", is_people=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        LanguageModel.objects.filter(is_people=True).update(backend="an.engine")


def test_a_model_that_a_log_calls_so_stands_in_no_ones_way() -> None:
    LanguageModel.objects.create(slug="people", name="People", path="import:People")
    open_prompt()
    assert write().output.run.model.slug == "people-by-hand"


def test_texts_of_several_to_one_prompt_are_samples_of_one_run_and_no_duplicates() -> None:
    open_prompt()
    outputs = [write(answer="4").output for _ in range(3)]
    assert len({output.run_id for output in outputs}) == 1
    assert sorted(output.sample for output in outputs) == [0, 1, 2]
    assert Output.objects.finished().distinct_samples().count() == 3
    assert outputs[0].run.samples == 1
    assert Output.objects.get(pk=outputs[2].pk).run.samples == 3


def test_the_time_is_from_showing_to_sending() -> None:
    open_prompt()
    judge = writer()
    held = before(judge)
    Writing.objects.filter(pk=held.pk).update(shown_at=timezone.now() - dt.timedelta(minutes=7))
    own = send(judge=judge, token=held.token, working="", answer="4")
    assert own.output.seconds == pytest.approx(420, abs=20)


def test_licence_and_consent_are_kept_with_the_text() -> None:
    open_prompt()
    judge = writer()
    own = write(judge)
    assert (own.licence, own.consented_at) == ("CC BY 4.0", judge.consent.given_at)


def test_nothing_is_stored_without_consent() -> None:
    open_prompt()
    judge = make_judge()
    with pytest.raises(HandRefused, match="Agree first"):
        send(judge=judge, token=before(judge).token, working="", answer="4")
    assert not WrittenByHand.objects.exists()


def test_what_is_sent_twice_is_stored_once() -> None:
    open_prompt()
    judge = writer()
    token = before(judge).token
    first, again = (send(judge=judge, token=token, working="", answer="4") for _ in range(2))
    assert first == again
    assert Output.objects.count() == 1


def test_an_answer_met_after_the_prompt_was_shown_keeps_the_text_out() -> None:
    prompt, judge = open_prompt(), writer()
    held = before(judge)
    reveal_answers(judge=judge, output=make_output(prompt=prompt))
    with pytest.raises(HandRefused, match="met answers to it"):
        send(judge=judge, token=held.token, working="", answer="4")
    assert not WrittenByHand.objects.exists()


def test_a_set_closed_meanwhile_keeps_the_text_out() -> None:
    open_prompt()
    judge = writer()
    held = before(judge)
    PromptSet.objects.update(for_people=False)
    with pytest.raises(HandRefused, match="closed to people"):
        send(judge=judge, token=held.token, working="", answer="4")


def test_a_text_that_names_its_writer_is_refused_unless_the_prompt_speaks_of_such_a_name() -> None:
    open_prompt("plain", text="What is two and two?")
    judge = writer(make_judge(user=make_user("Archimedes")))
    with pytest.raises(HandRefused, match="names you"):
        write(judge, answer="4, says archimedes.")
    assert not WrittenByHand.objects.exists()
    assert pass_by(judge=judge, token=judge.writing.token, had_seen=False)
    open_prompt("named", text="How many baths did Archimedes take?")
    assert write(judge, answer="4, says Archimedes.")


def test_an_address_is_a_name_too_and_the_words_for_hidden_ones_are_none() -> None:
    open_prompt(text="Who comes?")
    user = make_user("Zoë", email="zoe@example.org", hides_name=True)
    judge = writer(make_judge(user=user))
    for answer in ("Ask zoe@example.org.", "It is Zoe\u0308."):
        with pytest.raises(HandRefused, match="names you"):
            write(judge, answer=answer)
    assert write(judge, answer="A member of the club.")


def test_a_day_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "TEXTS_A_DAY", 1)
    for slug in ("one", "two"):
        open_prompt(slug)
    judge = writer()
    write(judge)
    with pytest.raises(HandRefused, match="1 texts a day"):
        write(judge)
    assert Writing.objects.filter(judge=judge).exists(), "it waits"


# The pages ------------------------------------------------------------------------------------


def test_a_visitor_is_told_what_it_is_and_where_to_sign_in(client: Client) -> None:
    open_prompt()
    page = client.get(URL).content.decode()
    assert "Sign in to answer" in page
    assert "CC BY 4.0" in page
    for path in ("agree/", "draft/", "pass/"):
        assert client.post(f"{URL}{path}").status_code == 302
    assert "Sign in to answer" in client.post(URL, {"answer": "4"}).content.decode()


def test_without_an_open_set_the_page_says_so(client: Client) -> None:
    client.force_login(make_user())
    assert 'id="none-open"' in client.get(URL).content.decode()
    client.post(f"{URL}agree/", {"agree": "on"})
    assert "No prompt set is open to people" in client.get(URL).content.decode()


def test_consent_is_asked_once_and_needs_its_tick(client: Client) -> None:
    open_prompt()
    client.force_login(make_user())
    refused = client.post(f"{URL}agree/", {})
    assert refused.status_code == 422
    assert "Tick this" in refused.content.decode()
    assert not Writing.objects.exists()
    client.post(f"{URL}agree/", {"agree": "on"})
    page = client.get(URL).content.decode()
    assert 'id="send"' in page
    assert "What follows from sum?" in page


def signed_in(strategy: str = Strategy.DIRECT) -> tuple[Client, Writing]:
    open_prompt()
    judge = writer()
    client = Client()
    client.force_login(judge.user)
    return client, before(judge, strategy)


def test_working_has_a_field_of_its_own_only_where_it_is_asked_for() -> None:
    client, held = signed_in()
    assert 'name="working"' not in client.get(URL).content.decode()
    before(held.judge, Strategy.STEPS)
    assert 'name="working"' in client.get(URL).content.decode()


def test_what_is_sent_is_shown_without_its_grade_or_anybody_elses() -> None:
    client, held = signed_in()
    other = write(answer="Forty-four")
    sent = client.post(URL, {"token": held.token, "answer": "4"}, follow=True)
    page = sent.content.decode()
    own = WrittenByHand.objects.get(judge=held.judge)
    assert sent.redirect_chain == [(f"/answer/sent/{own.output_id}/", 303)]
    assert "Forty-four" not in page
    assert "of 1, by" not in page
    assert f"/answer/sent/{other.output_id}/" not in page
    assert client.get(f"/answer/sent/{other.output_id}/").status_code == 404


def test_bad_input_gets_a_sentence_and_stays_typed() -> None:
    client, held = signed_in(Strategy.STEPS)
    refused = client.post(URL, {"token": held.token, "working": "First this.", "answer": ""})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Write your answer before you send it." in page
    assert "First this." in page
    assert not WrittenByHand.objects.exists()


def test_a_form_of_another_prompt_gives_back_what_was_typed() -> None:
    client, _ = signed_in()
    refused = client.post(URL, {"token": uuid.uuid4(), "answer": "Long thought about"})
    assert refused.status_code == 409
    assert "Long thought about" in refused.content.decode()


def test_a_prompt_met_since_stays_on_the_page_with_the_text_and_without_sending() -> None:
    client, held = signed_in()
    client.post(f"{URL}draft/", {"token": held.token, "answer": "Nearly"})
    reveal_answers(judge=held.judge, output=make_output(prompt=held.prompt))
    page = client.get(URL).content.decode()
    assert "you met answers to it" in page
    assert "Nearly" in page
    assert 'id="send"' not in page
    sent = client.post(URL, {"token": held.token, "answer": "Nearly"})
    assert sent.status_code == 409


@pytest.mark.parametrize("press", [{}, {"press": "keep"}])
def test_a_draft_is_kept_with_and_without_a_script(press: dict[str, str]) -> None:
    client, held = signed_in()
    kept = client.post(f"{URL}draft/", {"token": held.token, "answer": "Four, I th"} | press)
    assert kept.status_code == (303 if press else 200)
    assert "Four, I th" in client.get(URL).content.decode()
    late = client.post(f"{URL}draft/", {"token": uuid.uuid4(), "answer": "Lost?"} | press)
    assert late.status_code == 409
    if press:
        assert "Lost?" in late.content.decode()


def test_a_suspended_account_is_told_so_and_is_given_nothing() -> None:
    client, held = signed_in()
    type(held.judge.user).objects.update(
        suspended_until=timezone.now() + dt.timedelta(days=1), suspended_because="A reason."
    )
    assert client.get(URL).status_code == 403
    assert client.post(URL, {"token": held.token, "answer": "4"}).status_code == 403
    assert not WrittenByHand.objects.exists()
