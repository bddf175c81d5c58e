"""Which prompts somebody is given: open ones alone, and none that they met answered."""

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client

from evaluations.judgments.answers.actions import reveal_answers, skip_output
from evaluations.judgments.by_hand.actions import draw, keep, pass_by, take_back
from evaluations.judgments.by_hand.prompts import asked, unmet
from evaluations.judgments.by_hand.tests.worlds import before, open_prompt, write, writer
from evaluations.judgments.items import queue
from evaluations.judgments.models import Judge
from evaluations.judgments.pairs.actions import submit_comparison
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_prompt,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.prompts.actions import reword
from evaluations.prompts.drafts import Draft
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Output, Strategy
from tests.cast import make_staff

pytestmark = pytest.mark.django_db


def test_only_prompts_of_sets_that_their_owner_opened_are_given() -> None:
    make_prompt("shut")
    judge = writer()
    assert draw(judge=judge) is None
    PromptSet.objects.update(for_people=True)
    held = draw(judge=judge)
    assert held is not None
    assert held.prompt.slug == "shut"


@pytest.mark.parametrize("why", ["visibility", "is_archived"])
def test_a_set_that_is_not_public_or_archived_is_open_to_nobody(why: str) -> None:
    open_prompt()
    PromptSet.objects.update(**{why: "unlisted" if why == "visibility" else True})
    assert draw(judge=writer()) is None


def test_an_owner_is_not_given_prompts_whose_answers_they_wrote() -> None:
    open_prompt()
    judge = writer()
    PromptSet.objects.update(owner=judge.user)
    assert draw(judge=judge) is None
    assert draw(judge=writer()) is not None


def test_prompt_and_recipe_are_drawn_among_all() -> None:
    for number in range(4):
        open_prompt(f"sum-{number}")
    drawn = [draw(judge=writer()) for _ in range(40)]
    assert len({held.prompt_id for held in drawn if held}) == 4
    assert {held.recipe.strategy for held in drawn if held} == {"direct", "step-by-step"}


def judged(judge: Judge, output: Output) -> None:
    make_criterion("one")
    give(judge, output, {"one": "yes"})


def judged_the_prompt(judge: Judge, output: Output) -> None:
    make_criterion("asks", level="prompt")
    give(judge, make_output(prompt=output.prompt), {"asks": "yes"})


def compared(judge: Judge, output: Output) -> None:
    other = make_output(prompt=output.prompt)
    submit_comparison(judge=judge, left=output, right=other, value="tie", form_token=uuid.uuid4())


def revealed(judge: Judge, output: Output) -> None:
    reveal_answers(judge=judge, output=output)


def skipped(judge: Judge, output: Output) -> None:
    skip_output(judge=judge, output=output)


def holds(judge: Judge, output: Output) -> None:
    make_criterion("one")
    queue.lease_on(make_item(make_protocol(blocks=(make_block("one"),)), output), judge)


def opened(judge: Judge, output: Output) -> None:
    client = Client()
    client.force_login(judge.user)
    assert client.get(f"/outputs/{output.pk}/").status_code == 200


def opened_the_prompt(judge: Judge, output: Output) -> None:
    client = Client()
    client.force_login(judge.user)
    assert client.get(f"/prompts/{output.prompt.slug}/").status_code == 200


def opened_the_text(judge: Judge, output: Output) -> None:
    client = Client()
    client.force_login(judge.user)
    assert client.get(f"/outputs/{output.pk}.txt").status_code == 200


def opened_the_stages(judge: Judge, output: Output) -> None:
    client = Client()
    client.force_login(judge.user)
    assert client.get(f"/outputs/{output.pk}/stages/").status_code == 200


def opened_to_judge(judge: Judge, output: Output) -> None:
    make_criterion("one")
    make_block("one")
    client = Client()
    client.force_login(judge.user)
    assert client.get(f"/judge/{output.pk}/").status_code == 200


@pytest.mark.parametrize(
    "meet",
    [judged, judged_the_prompt, compared, revealed, skipped, holds, opened, opened_the_prompt,
     opened_the_text, opened_the_stages, opened_to_judge],
)  # fmt: skip
def test_whoever_judged_or_saw_an_answer_is_not_given_the_prompt(
    meet: Callable[[Judge, Output], None],
) -> None:
    judge, prompt = writer(), open_prompt()
    meet(judge, make_output(prompt=prompt))
    assert not unmet(judge).exists()
    assert unmet(writer()).exists(), "others are given it"


def test_a_prompt_page_without_outputs_and_reference_tells_nothing(client: Client) -> None:
    judge, prompt = writer(), open_prompt(reference="", grader="")
    client.force_login(judge.user)
    client.get(f"/prompts/{prompt.slug}/")
    assert unmet(judge).exists()


def test_whoever_opens_a_page_with_the_right_answer_is_not_given_the_prompt(
    client: Client,
) -> None:
    judge, prompt = writer(), open_prompt(reference="4")
    client.force_login(judge.user)
    client.get(f"/prompts/{prompt.slug}/")
    assert not unmet(judge).exists()
    assert unmet(writer()).exists()


def test_nobody_is_given_what_they_answered_even_where_they_took_it_back() -> None:
    open_prompt()
    judge = writer()
    own = write(judge)
    assert not unmet(judge).exists()
    assert take_back(judge=judge, output=own.output_id)
    assert not unmet(judge).exists()


def test_what_was_passed_by_does_not_come_again() -> None:
    open_prompt()
    judge = writer()
    assert pass_by(judge=judge, token=before(judge).token, had_seen=True)
    assert draw(judge=judge) is None
    assert judge.passed_prompts.get().had_seen
    assert not pass_by(judge=judge, token=uuid.uuid4(), had_seen=False)


def test_a_prompt_stays_until_it_is_sent_or_passed_by() -> None:
    for number in range(5):
        open_prompt(f"sum-{number}")
    judge = writer()
    first = draw(judge=judge)
    assert first is not None
    assert all(draw(judge=judge) == first for _ in range(5))


def test_one_whose_answers_were_met_meanwhile_is_replaced_unless_something_is_written() -> None:
    judge = writer()
    first = open_prompt("first")
    held = before(judge)
    second = open_prompt("second")
    revealed(judge, make_output(prompt=first))
    found = draw(judge=judge)
    assert found is not None
    assert (found.prompt, found.pk) != (held.prompt, held.pk)
    found.answer = "Half a"
    found.save()
    revealed(judge, make_output(prompt=second))
    assert draw(judge=judge) == found, "what was written is not thrown away"


@pytest.mark.parametrize("strategy", Strategy.values)
def test_people_read_the_words_that_models_read(strategy: str) -> None:
    from evaluations.inference.strategies import prompt_messages

    open_prompt(text="Two and two?")
    held = before(writer(), strategy)
    messages = prompt_messages(strategy, "Two and two?")
    assert asked(held.recipe, held.prompt) == messages[0].content


def test_a_prompt_that_is_reworded_takes_nobodys_draft_away() -> None:
    prompt = open_prompt("own-sum")
    judge = writer()
    held = before(judge)
    keep(judge=judge, token=held.token, working="", answer="Half an hour of it")
    draft = replace(Draft.of(prompt), text="Three and three?", reference="6")
    again = reword(prompt=prompt, draft=draft, actor=make_staff())
    prompt.refresh_from_db()
    assert (prompt.is_archived, again.replaces_id) == (True, prompt.pk)
    held.refresh_from_db()
    assert held.answer == "Half an hour of it"


def test_drawing_costs_the_same_however_many_prompts_there_are(
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    for number in range(30):
        open_prompt(f"sum-{number}")
    assert Prompt.objects.count() == 30
    draw(judge=make_judge())  # makes the row People and its recipes
    judge = make_judge()
    with django_assert_max_num_queries(12):
        draw(judge=judge)
