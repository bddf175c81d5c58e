"""What is asked, and which output comes next."""

import uuid

import pytest
from django.http import Http404, QueryDict
from django.test import Client
from django.utils import timezone

from evaluations.judgments.answers.actions import skip_output, undo_judgment
from evaluations.judgments.items.questions import (
    Questions,
    content_hash,
    judge_link,
    next_output,
    questions_from,
)
from evaluations.judgments.judges.visitors import Judge
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
    reword,
)
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db


def ask(query: str = "") -> Questions:
    return questions_from(QueryDict(query))


def keys(questions: Questions) -> list[str]:
    return [wording.criterion.key for wording in questions.wordings]


def served(judge: Judge | None, questions: Questions) -> list[int]:
    """Every output in turn, as one skipped after the other is served."""
    found = []
    while len(found) < 20 and (output := next_output(judge, questions)) is not None:
        found.append(output.pk)
        if judge is None:
            break
        skip_output(judge=judge, output=output)
    return found


def test_the_default_block_in_its_own_order() -> None:
    for key in ("one", "two", "three"):
        make_criterion(key)
    make_block("two", "one")
    make_block("three", slug="other", is_default=False)
    assert keys(ask()) == ["two", "one"]
    assert ask().query == ""
    assert keys(ask("block=other")) == ["three"]
    assert ask("block=other").query == "block=other"


def test_criteria_named_in_the_address_keep_their_order_and_are_asked_once() -> None:
    make_criterion("one")
    make_criterion("two")
    found = ask("criteria=two,one,%20two,")
    assert keys(found) == ["two", "one"]
    assert found.query == "criteria=two,one"


def test_the_wording_in_force_is_asked() -> None:
    first = make_criterion("one")
    second = reword(first, "Asked better?")
    assert ask("criteria=one").wordings == (second,)


def test_a_definition_is_asked_directly() -> None:
    make_criterion("one")
    version = make_definition("taylor", "one")
    found = ask("direct=taylor")
    assert (found.definition, found.wordings, found.query) == (version, (), "direct=taylor")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("direct=nobody", "There is no definition “nobody”."),
        ("criteria=one,nothing", "“nothing” is not a criterion that judges answer."),
        ("criteria=probed", "“probed” is not a criterion that judges answer."),
        ("criteria=,", "Name at least one criterion to judge."),
        ("block=none", "There is no block of criteria “none”."),
        ("", "There is no block of criteria “default”."),
        ("block=%00", "holds a character that no name has"),
        ("direct=a%00b", "holds a character that no name has"),
        ("criteria=one,%00", "holds a character that no name has"),
    ],
)
def test_unknown_names_get_a_sentence(query: str, sentence: str) -> None:
    make_criterion("one")
    make_criterion("probed", level="set", answered_by="probe")
    with pytest.raises(Http404, match=sentence):
        ask(query)


def test_a_link_asks_only_what_judges_answer() -> None:
    make_criterion("one")
    make_criterion("probed", level="set", answered_by="probe")
    assert judge_link(["one", "probed"]) == "criteria=one"
    assert judge_link(["probed"]) == ""


def test_the_least_judged_output_comes_first() -> None:
    make_criterion("one")
    outputs = [make_output() for _ in range(3)]
    for output in outputs[:2]:
        give(make_judge(), output, {"one": "yes"})
    assert next_output(make_judge(), ask("criteria=one")) == outputs[2]
    assert next_output(None, ask("criteria=one")) == outputs[2]


def test_an_output_whose_questions_are_all_answered_is_not_served_again() -> None:
    make_criterion("one")
    make_criterion("two")
    judge, first, second = make_judge(), make_output(), make_output()
    give(judge, first, {"one": "yes", "two": "no"})
    give(judge, second, {"one": "yes"})
    assert served(judge, ask("criteria=one,two")) == [second.pk]
    assert served(make_judge(), ask("criteria=one,two")) != []


def test_an_undone_output_is_served_again() -> None:
    make_criterion("one")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    give(judge, output, {"one": "yes"}, form_token=token)
    assert next_output(judge, ask("criteria=one")) is None
    undo_judgment(judge=judge, form_token=token)
    assert next_output(judge, ask("criteria=one")) == output


def test_a_new_question_is_asked_again_and_an_editorial_wording_is_not() -> None:
    first = make_criterion("one")
    judge, output = make_judge(), make_output()
    give(judge, output, {"one": "yes"})
    reword(first, "In other words?")
    assert next_output(judge, ask("criteria=one")) is None
    reword(first, "Something else?", new_question=True)
    assert next_output(judge, ask("criteria=one")) == output


def test_prompt_criteria_are_asked_once_a_prompt() -> None:
    make_criterion("needs-steps", level="prompt")
    prompt = make_prompt()
    first, second = make_output(prompt=prompt), make_output(prompt=prompt)
    other = make_output()
    judge = make_judge()
    questions = ask("criteria=needs-steps")
    assert {*served(make_judge(), questions)} == {first.pk, second.pk, other.pk}
    give(judge, first, {"needs-steps": "no"})
    assert served(judge, questions) == [other.pk]


def test_an_open_question_about_the_prompt_or_about_the_output_is_enough() -> None:
    make_criterion("needs-steps", level="prompt")
    make_criterion("one")
    prompt = make_prompt()
    first, second = make_output(prompt=prompt), make_output(prompt=prompt)
    judge = make_judge()
    give(judge, first, {"needs-steps": "no", "one": "yes"})
    assert served(judge, ask("criteria=needs-steps,one")) == [second.pk]


def test_direct_classification_has_its_own_list() -> None:
    make_criterion("one")
    version = make_definition("taylor", "one")
    judge, output = make_judge(), make_output()
    give(judge, output, {"one": "yes"})
    assert next_output(judge, ask("direct=taylor")) == output
    classify(judge, output, version, "yes")
    assert next_output(judge, ask("direct=taylor")) is None


def test_skipped_withdrawn_and_unfinished_outputs_are_not_served() -> None:
    make_criterion("one")
    judge = make_judge()
    skipped, withdrawn = make_output(), make_output()
    make_output(state="pending")
    make_output(state="failed")
    skip_output(judge=judge, output=skipped)
    Output.objects.filter(pk=withdrawn.pk).update(withdrawn_at=timezone.now())
    assert next_output(judge, ask("criteria=one")) is None
    assert served(make_judge(), ask("criteria=one")) == [skipped.pk]
    Run.objects.update(withdrawn_at=timezone.now())
    assert next_output(make_judge(), ask("criteria=one")) is None


def test_the_one_just_seen_is_left_out() -> None:
    make_criterion("one")
    first, second = make_output(), make_output()
    questions = ask("criteria=one")
    assert next_output(None, questions, after=first.pk) == second
    assert next_output(None, questions, after=second.pk) == first


def test_judges_start_at_different_outputs() -> None:
    make_criterion("one")
    for _ in range(8):
        make_output()
    questions = ask("criteria=one")
    assert len({next_output(make_judge(), questions) for _ in range(12)}) > 2


def test_what_is_shown_has_a_hash_that_changes_with_it() -> None:
    wording = make_criterion("one")
    output, other = make_output(), make_output(answer="Nobody is home.")
    before = content_hash(output, ask("criteria=one"))
    assert before == content_hash(output, ask("criteria=one"))
    assert before != content_hash(other, ask("criteria=one"))
    reword(wording, "Asked better?")
    assert before != content_hash(output, ask("criteria=one"))
    assert len(before) == 16


def test_an_output_that_names_its_model_is_served_masked(client: Client) -> None:
    make_criterion("one")
    model = make_model(name="SmolLM2 135M", maker="Hugging Face")
    named = make_output(
        run=make_run(model),
        trace="Here SmolLM2-135M-Instruct thinks.\nSo hugging face made me.",
        answer="I am SmolLM2.",
        names_model=True,
    )
    assert next_output(None, ask("criteria=one")) == named
    body = client.get(f"/judge/{named.pk}/?criteria=one").content.decode()
    for name in ("SmolLM", "135M", "Hugging", "hugging"):
        assert name not in body
    assert "Here █████████████████████ thinks." in body
    assert "I am ███████." in body
    assert "masked" in body
