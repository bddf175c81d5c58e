"""Model judges: what is asked through the queue, what is read back, and who may see it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from evaluations.inference.thought import joined
from evaluations.judgments import tasks
from evaluations.judgments.models import (
    Answer,
    Block,
    Item,
    Judge,
    Judgment,
    Opinion,
    ProtocolVersion,
)
from evaluations.judgments.opinions.actions import (
    OpinionsRefused,
    ask_model,
    stop_asking,
)
from evaluations.judgments.opinions.prompts import PROMPT_VERSION
from evaluations.judgments.opinions.reading_actions import Read, read_opinion, read_opinions
from evaluations.judgments.opinions.tests.opinion_cast import (
    JudgingEngine,
    ask,
    fail_reply,
    make_judging_model,
    one_opinion,
    staff,
    work_off,
    write_reply,
)
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_model,
    make_output,
    make_prompt,
    make_run,
    make_user,
    reword,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import LanguageModel, Output, Run

pytestmark = pytest.mark.django_db


def test_asking_queues_a_row_for_each_output_and_block(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    asked = ask(version, model)
    assert (asked.asked, asked.left) == (2, 0)
    run = asked.run
    assert run is not None
    assert (run.model, run.purpose, run.samples, run.launched_by) == (
        model, "judging", 1, staff(),
    )  # fmt: skip
    assert not run.prompt_set.is_listed
    assert run.recipe.temperature == 0
    opinions = Opinion.objects.select_related("asked_as__prompt", "judge", "output")
    assert {opinion.output for opinion in opinions} == {item.output for item in Item.objects.all()}
    for opinion in opinions:
        assert opinion.judge.kind == "model"
        assert opinion.judge.language_model == model
        assert opinion.prompt_version == PROMPT_VERSION
        assert opinion.asked_as.run == run
        assert opinion.asked_as.state == "pending"
        assert opinion.output.trace in opinion.asked_as.prompt.text
        assert opinion.asked_as.prompt.origin["output"] == opinion.output_id


def test_at_most_so_many_are_asked_and_the_rest_next_time(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    first, second = ask(version, model, limit=1), ask(version, model, limit=5)
    assert (first.asked, first.left) == (1, 1)
    assert (second.asked, second.left) == (1, 0)
    assert first.run != second.run
    assert Opinion.objects.values("output").distinct().count() == 2
    assert Judge.objects.filter(kind="model").count() == 1
    with pytest.raises(OpinionsRefused, match="was asked everything"):
        ask(version, model)


def test_each_model_is_a_judge_of_its_own(version: ProtocolVersion, model: LanguageModel) -> None:
    ask(version, model)
    ask(version, make_judging_model("umpire"))
    assert Judge.objects.filter(kind="model").count() == 2
    assert Opinion.objects.count() == 4


def test_a_question_with_a_new_meaning_is_asked_and_a_mere_rewording_is_not(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    ask(version, model)
    sound = Opinion.objects.first().block.criteria.get(key="sound").versions.get()
    reworded = reword(sound, "Is it sound, then?")
    with pytest.raises(OpinionsRefused):
        ask(version, model)
    Opinion.objects.update(state="unparseable")
    another = reword(reworded, "Is it valid?", new_question=True)
    asked = ask(version, model)
    assert asked.asked == 2
    texts = Output.objects.filter(run=asked.run).values_list("prompt__text", flat=True)
    assert all("1: Is it valid?" in text and "2:" not in text for text in texts)
    assert {
        tuple(prompt.origin["criterion_versions"]) for prompt in asked.run.prompt_set.prompts.all()
    } == {(another.pk,)}


def test_a_prompt_criterion_is_asked_with_one_output_of_each_prompt(model: LanguageModel) -> None:
    make_criterion("new-to-it", level="prompt")
    make_criterion("sound")
    blocks = (make_block("new-to-it"), make_block("sound", slug="second", is_default=False))
    version = make_protocol(blocks=blocks)
    prompt = make_prompt()
    for sample in range(3):
        make_item(version, make_output(prompt=prompt, answer=f"Answer {sample}."))
    assert ask(version, model).asked == 4
    alone = Opinion.objects.filter(block=blocks[0]).get()
    assert prompt.text in alone.asked_as.prompt.text
    assert "Answer " not in alone.asked_as.prompt.text
    write_reply(alone, "1: no")
    read_opinions()
    assert Answer.objects.get().prompt == prompt


def test_a_protocol_about_prompts_asks_with_their_first_output(model: LanguageModel) -> None:
    make_criterion("new-to-it", level="prompt")
    version = make_protocol(blocks=(make_block("new-to-it"),), subject="prompt")
    output = make_output()
    make_output(prompt=output.prompt)
    make_item(version, prompt=output.prompt)
    assert ask(version, model).asked == 1
    assert Opinion.objects.get().output == output


def test_what_cannot_be_asked_is_refused_with_a_sentence(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    with pytest.raises(PermissionError):
        ask_model(version=version, model=model, actor=make_user(), limit=1)
    pairs = make_protocol("pairs", subject="pair")
    with pytest.raises(OpinionsRefused, match="compares pairs"):
        ask(pairs, model)
    with pytest.raises(OpinionsRefused, match="no criteria"):
        ask(make_protocol("plain"), model)
    empty = make_protocol("empty", blocks=(Block.objects.get(),))
    with pytest.raises(OpinionsRefused, match="no outputs"):
        ask(empty, model)
    assert not Run.objects.filter(purpose="judging").exists()


def test_a_withdrawn_output_is_not_asked_about(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    Output.objects.filter(pk=Item.objects.first().output_id).update(withdrawn_at=timezone.now())
    assert ask(version, model).asked == 1


def test_names_that_give_the_model_away_are_masked(model: LanguageModel) -> None:
    make_criterion("sound")
    version = make_protocol(blocks=(make_block("sound"),))
    babbler = make_model(name="Babbler2 135M", maker="Talk House")
    text = "I am Babbler2, made by Talk House."
    make_item(
        version, make_output(run=make_run(babbler), trace=text, answer=text, names_model=True)
    )
    opinion = one_opinion(version, model)
    asked = opinion.asked_as.prompt.text
    assert "Babbler" not in asked
    assert "Talk House" not in asked
    assert "I am █" in asked
    write_reply(opinion, "1: yes")
    read_opinions()
    assert Judgment.objects.get().masked


def test_an_answer_becomes_a_blind_judgment_under_the_models_name(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    opinion = one_opinion(version, model)
    item = Item.objects.get(output=opinion.output)
    write_reply(opinion, "2: Cannot-tell.\n1) partly\n")
    assert read_opinions() == Read(answered=1)
    opinion.refresh_from_db()
    judgment = opinion.judgment
    assert (opinion.state, opinion.note) == ("answered", "")
    assert judgment is not None
    assert (judgment.judge, judgment.output, judgment.blind, judgment.seconds) == (
        opinion.judge, opinion.output, True, 1.5,
    )  # fmt: skip
    assert dict(judgment.answers.values_list("criterion__key", "value")) == {
        "sound": "partly",
        "short": "cannot-tell",
    }
    assert judgment.item is None
    item.refresh_from_db()
    assert (item.done, item.leased) == (0, 0)
    version.refresh_from_db()
    assert version.frozen_at is None


def test_answers_are_to_the_wordings_that_were_asked(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    opinion = one_opinion(version, model)
    sound = version.blocks.get().criteria.get(key="sound").versions.get()
    reword(sound, "Quite another question?", new_question=True)
    write_reply(opinion, "1: yes\n2: no")
    read_opinions()
    answer = Answer.objects.get(criterion__key="sound")
    assert answer.criterion_version == sound
    assert answer.meaning == 1


def test_a_thought_that_was_sent_apart_is_no_part_of_the_reply(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    opinion = one_opinion(version, model)
    write_reply(opinion, joined("It says so.\n1: no", "1: yes\n2: no"))
    assert read_opinions() == Read(answered=1)


@pytest.mark.parametrize(
    ("text", "stop_reason", "note"),
    [
        ("I would say yes to both.", "stop", "Line 1 is not"),
        ("1: yes", "stop", "Question 2 has no answer."),
        ("", "stop", "The reply is empty."),
        ("1: yes\n2: no", "length", "cut off at its limit"),
    ],
)
def test_a_reply_in_another_form_is_recorded_and_not_guessed(
    version: ProtocolVersion, model: LanguageModel, text: str, stop_reason: str, note: str
) -> None:
    opinion = one_opinion(version, model)
    write_reply(opinion, text, stop_reason=stop_reason)
    assert read_opinions() == Read(unparseable=1)
    opinion.refresh_from_db()
    assert opinion.state == "unparseable"
    assert note in opinion.note
    assert opinion.asked_as.__class__.objects.get(pk=opinion.asked_as_id).text == text
    assert not Judgment.objects.exists()
    # Greedy, it would write the same again.
    assert ask(version, model).asked == 1


def test_a_prompt_that_the_model_cannot_hold_fails_and_can_be_asked_again(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    opinion = one_opinion(version, model)
    error = "The prompt is too long: it has 9,000 tokens, and this model's context holds 8,192."
    fail_reply(opinion, error)
    assert read_opinions() == Read(failed=1)
    opinion.refresh_from_db()
    assert (opinion.state, opinion.note) == ("failed", error)
    assert ask(version, model).asked == 2
    assert Opinion.objects.filter(output=opinion.output).count() == 2


def test_what_was_withdrawn_meanwhile_is_not_judged(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    opinion = one_opinion(version, model)
    write_reply(opinion, "1: yes\n2: no")
    Output.objects.filter(pk=opinion.output_id).update(withdrawn_at=timezone.now())
    assert read_opinions() == Read(failed=1)
    opinion.refresh_from_db()
    assert "withdrawn" in opinion.note
    assert not Judgment.objects.exists()


def test_reading_twice_stores_once(version: ProtocolVersion, model: LanguageModel) -> None:
    opinion = one_opinion(version, model)
    assert read_opinions() == Read()
    write_reply(opinion, "1: yes\n2: no")
    assert read_opinions() == Read(answered=1)
    assert read_opinions() == Read()
    assert read_opinion(opinion.pk) is None
    assert Judgment.objects.count() == 1


def test_the_task_reads_what_is_there(
    version: ProtocolVersion, model: LanguageModel, settings: Any
) -> None:
    write_reply(one_opinion(version, model), "1: yes\n2: no")
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.read_opinions.name in scheduled
    tasks.read_opinions()
    assert Opinion.objects.get().state == "answered"


def test_stopping_cancels_what_waits_and_keeps_what_was_written(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    ask(version, model)
    written = Opinion.objects.select_related("asked_as__run").first()
    write_reply(written, "1: yes\n2: no")
    with pytest.raises(PermissionError):
        stop_asking(version=version, actor=make_user())
    assert stop_asking(version=version, actor=staff()) == 1
    assert stop_asking(version=version, actor=staff()) == 0
    assert read_opinions() == Read(answered=1, failed=1)
    assert Opinion.objects.get(state="failed").note == "The run was cancelled."


def test_one_asking_at_a_time_waits(version: ProtocolVersion, model: LanguageModel) -> None:
    opinion = one_opinion(version, model)
    other = make_output()
    with pytest.raises(IntegrityError):
        Opinion.objects.create(
            judge=opinion.judge,
            output=opinion.output,
            block=opinion.block,
            asked_as=other,
            prompt_version=PROMPT_VERSION,
        )


@pytest.mark.django_db(transaction=True)
def test_four_readers_at_once_read_each_reply_once(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    for _ in range(10):
        make_item(version, make_output())
    ask(version, model)
    for opinion in Opinion.objects.select_related("asked_as__run"):
        write_reply(opinion, "1: yes\n2: no")
    start = threading.Barrier(4)

    def read() -> Read:
        start.wait()
        try:
            return read_opinions()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(read) for _ in range(4)]
    assert sum(each.result().answered for each in found) == 12
    assert Judgment.objects.count() == 12
    assert Opinion.objects.filter(state="answered", judgment__isnull=False).count() == 12


@pytest.mark.django_db(transaction=True)
def test_the_inference_worker_writes_opinions_like_any_output(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    ask(version, model)
    work_off(JudgingEngine(lambda number, text: f"{number}: {'yes' if number == 1 else 'no'}"))
    assert read_opinions() == Read(answered=2)
    assert dict(
        Answer.objects.filter(judge__kind="model").values_list("criterion__key", "value").distinct()
    ) == {"sound": "yes", "short": "no"}


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_writes_prose_leaves_nothing_but_a_note(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    ask(version, model)
    work_off(JudgingEngine(lambda number, text: "It seems fine to me."))
    assert read_opinions() == Read(unparseable=2)
    assert not Answer.objects.exists()
