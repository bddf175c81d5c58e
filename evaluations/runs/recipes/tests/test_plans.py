"""Plans through the queue: what each asks, what is stored, and what a lost worker leaves behind."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from model_bakery import baker

from evaluations.grading import choosing
from evaluations.grading.grade import TimedOut
from evaluations.grading.registry import grade_reply
from evaluations.inference.backends import TRANSFORMERS
from evaluations.inference.engine import Request, Result
from evaluations.inference.plans import stage_seed
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs import queue
from evaluations.runs.actions import launch_run
from evaluations.runs.models import LanguageModel, Output, Recipe, SentPrompt, Stage
from evaluations.runs.recipes.asking import Asking
from evaluations.runs.record import kept

pytestmark = pytest.mark.django_db

INSTRUCTION = "End with “Answer:”."


def a_plan(plan: str, number: int, **fields: Any) -> Output:
    """An output that waits, asked by a recipe with this plan."""
    prompt_set = baker.make(PromptSet, slug="s")
    baker.make(Prompt, prompt_set=prompt_set, slug="p", text="3 + 4?", grader="numeric",
               reference="7")  # fmt: skip
    recipe = Recipe.objects.create(
        slug="r", name="R", strategy="step-by-step", instruction=INSTRUCTION, plan=plan,
        plan_number=number, max_new_tokens=100, **fields,
    )  # fmt: skip
    model = baker.make(LanguageModel, slug="m", name="M", backend=TRANSFORMERS, path="nowhere")
    return launch_run(model=model, recipe=recipe, prompt_set=prompt_set, seed=1).outputs.get()


def claimed(owner: str = "a") -> queue.Claim:
    (claim,) = queue.claim(model=LanguageModel.objects.get().pk, owner=owner, count=1)
    return claim


def reply(request: Request, text: str, stop: Any = "stop", tokens: int = 10, **more: Any) -> Result:
    return Result(
        id=request.id, text=request.prefix + text, trace=request.prefix + text, answer="",
        trace_visibility="full", tokens_in=5, tokens_out=tokens, stop_reason=stop, seconds=1.0,
        environment={"thought_opened": False, **more},
    )  # fmt: skip


def write(
    says: Callable[[Request], Result], owner: str = "a", asking: Asking | None = None
) -> list[Request]:
    """Ask and answer until the output is stored; the requests that were made."""
    asking, claim = asking or Asking(), claimed(owner)
    step: Any = asking.begin(claim)
    made = []
    while isinstance(step, Request):
        made.append(step)
        step = asking.after(claim, says(step), queue.NOTHING_SPENT)
    assert queue.finish([step]) == 1
    return made


def test_a_budget_cuts_the_thought_and_has_the_answer_written() -> None:
    output = a_plan("budget", 16)
    made = write(
        lambda request: reply(request, " 7") if request.prefix else reply(request, "1. 3", "length")
    )
    first, second = made
    assert (first.sampling.max_new_tokens, second.sampling.max_new_tokens) == (16, 100)
    assert second.prefix == "1. 3\n\nFinal answer:"
    assert second.messages == first.messages
    assert (first.seed, second.seed) == (output.seed, stage_seed(output.seed, 1))
    output.refresh_from_db()
    assert output.text == "1. 3\n\nFinal answer: 7"
    assert (output.tokens_in, output.tokens_out, output.seconds) == (10, 20, 2.0)
    assert output.grade is not None
    assert output.grade.score == 1
    assert [(s.kind, s.added, s.text) for s in Stage.objects.all()] == [
        ("thought", "", "1. 3"),
        ("answer", "\n\nFinal answer:", " 7"),
    ]


def test_a_budget_ends_an_open_thought_with_its_own_tag_and_leaves_a_closed_one() -> None:
    a_plan("budget", 16)
    texts = iter(["[THINK]hm, 3 and", " 7"])
    made = write(lambda request: reply(request, next(texts), "length"))
    assert made[1].prefix == "[THINK]hm, 3 and\n[/THINK]\n\nFinal answer:"


def test_a_thought_that_the_template_opened_is_ended_as_the_engine_says() -> None:
    a_plan("budget", 16)
    texts = iter(["hm, 3 and", " 7"])
    facts = {"thought_opened": True, "thought_end": "</think>"}
    made = write(lambda request: reply(request, next(texts), "length", **facts))
    assert made[1].prefix == "hm, 3 and\n</think>\n\nFinal answer:"


def test_an_answer_that_was_begun_within_the_budget_only_goes_on() -> None:
    a_plan("budget", 16)
    texts = iter(["<think>hm</think>\n\nAnswer:", " 7"])
    made = write(lambda request: reply(request, next(texts), "length"))
    assert made[1].prefix == "<think>hm</think>\n\nAnswer:"
    assert Stage.objects.get(number=1).added == ""


def test_a_reply_that_ends_within_the_budget_is_whole() -> None:
    a_plan("budget", 16)
    assert len(write(lambda request: reply(request, "Answer: 7"))) == 1
    assert Output.objects.get().text == "Answer: 7"


def test_extensions_take_back_the_end_and_share_the_limit_of_tokens() -> None:
    a_plan("extend", 2, plan_words="Hold on")
    texts = iter(["<think>a</think>\nAnswer: 6", " b</think>\nAnswer: 7", " c</think>\nAnswer: 8"])
    made = write(lambda request: reply(request, next(texts), tokens=40))
    assert [request.prefix for request in made] == [
        "",
        "<think>a\n\nHold on",
        "<think>a\n\nHold on b\n\nHold on",
    ]
    assert [request.sampling.max_new_tokens for request in made] == [100, 60, 20]
    assert Output.objects.get().text.endswith("Hold on c</think>\nAnswer: 8")


def test_a_reply_that_met_its_limit_is_not_extended() -> None:
    a_plan("extend", 2)
    assert len(write(lambda request: reply(request, "on and on", "length"))) == 1


def test_a_majority_keeps_the_first_reply_with_the_most_frequent_answer() -> None:
    output = a_plan("majority", 5)
    said = ["Answer: 6", "No idea, sorry, I really cannot say.", "Answer: 7", "Answer: 7.0 apples",
            "Answer: 8"]  # fmt: skip
    texts = iter(said)
    made = write(lambda request: reply(request, next(texts)))
    assert len({request.seed for request in made}) == 5
    output.refresh_from_db()
    assert output.text == "Answer: 7", "no new text"
    assert output.choice["kept"] == 2
    assert output.choice["tied"] == []
    assert output.choice["found"][3] == "7"
    assert output.tokens_out == 50
    assert output.grade is not None
    assert output.grade.score == 1


def test_a_tie_is_reported_and_the_first_is_kept() -> None:
    output = a_plan("majority", 4)
    texts = iter(["Answer: 6", "Answer: 7", "Answer: 6", "Answer: 7"])
    write(lambda request: reply(request, next(texts)))
    output.refresh_from_db()
    assert (output.text, output.choice["kept"], output.choice["tied"]) == ("Answer: 6", 0, [1])


def test_the_best_is_found_by_the_grader_of_the_prompt() -> None:
    output = a_plan("best-of", 3)
    texts = iter(["Answer: 6", "Answer: 7", "So it is 7.\nAnswer: 7"])
    write(lambda request: reply(request, next(texts)))
    output.refresh_from_db()
    assert output.text == "Answer: 7"
    assert output.choice["found"] == [0.0, 1.0, 1.0]
    assert output.choice["tied"] == [2]


def test_a_reply_that_takes_too_long_to_grade_leaves_the_scores_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = a_plan("best-of", 3)

    def slow_once(grader: str, text: str, *arguments: Any, **more: Any) -> Any:
        if "17" in text:
            raise TimedOut
        return grade_reply(grader, text, *arguments, **more)

    monkeypatch.setattr(choosing, "grade_reply", slow_once)
    texts = iter(["Answer: 17", "Answer: 6", "Answer: 7"])
    write(lambda request: reply(request, next(texts)))
    output.refresh_from_db()
    assert (output.text, output.choice["kept"]) == ("Answer: 7", 2)
    assert output.choice["found"] == [None, 0.0, 1.0]
    assert output.choice["note"] == "Of 3 replies 1 could not be graded: timed out."


def test_the_best_of_a_prompt_without_a_grader_is_refused_before_anything_is_asked() -> None:
    a_plan("best-of", 3)
    claim = replace(claimed(), grader="", reference="")
    with pytest.raises(ValueError, match="choose a recipe that names a grader"):
        Asking().begin(claim)
    Recipe.objects.create(slug="own", name="Own", strategy="direct", plan="best-of",
                          plan_number=2, plan_grader="constraint")  # fmt: skip
    own = replace(claim, recipe=Recipe.objects.get(slug="own").pk)
    assert isinstance(Asking().begin(own), Request)


def test_an_earlier_reply_is_kept_with_what_was_recorded_of_it_and_of_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = a_plan("best-of", 2)
    said = iter(
        [
            ("hm, 3 and</think>Answer: 7", {"thought_opened": True, "system_fingerprint": "one"}),
            ("Answer: 6", {"thought_field": "reasoning", "thought_tags": [["[T]"], ["[/T]"]]}),
        ]
    )

    def says(request: Request) -> Result:
        text, facts = next(said)
        number = Stage.objects.count()
        made = reply(request, text, prompt_messages_sha256=f"digest {number}", **facts)
        sent = f"What was sent as {number}"
        return replace(made, raw=f"Body {number}", usage={"n": number}, prompt_text=sent)

    write(says)
    output.refresh_from_db()
    assert (output.choice["kept"], output.answer) == (0, "7")
    assert output.environment.data["thought_opened"] is True
    assert output.environment.data["system_fingerprint"] == "one"
    assert not {"thought_field", "thought_tags"} & set(output.environment.data)
    assert (output.response.body, output.response.usage) == ("Body 0", {"n": 0})
    assert output.prompt_digest == "digest 0"
    assert set(SentPrompt.objects.values_list("digest", "text")) == {
        ("digest 0", "What was sent as 0"),
        ("digest 1", "What was sent as 1"),
    }
    assert list(output.stages.values_list("body", "usage")) == [
        ("Body 0", {"n": 0}),
        ("Body 1", {"n": 1}),
    ]
    monkeypatch.setattr(kept, "BODIES_LAST", dt.timedelta(seconds=-1))
    assert kept.clear_bodies() == 3
    assert set(output.stages.values_list("body", flat=True)) == {""}
    with pytest.raises(IntegrityError), transaction.atomic():
        Stage.objects.update(text="Answer: 8")


def test_a_revision_shows_the_model_its_own_reply_without_the_thought() -> None:
    a_plan("revise", 1, plan_words="Look again.")
    texts = iter(["<think>hm</think>Answer: 6", "Answer: 7"])
    made = write(lambda request: reply(request, next(texts)))
    assert [(m.role, m.content) for m in made[1].messages] == [
        ("user", f"3 + 4?\n\n{INSTRUCTION}"),
        ("assistant", "Answer: 6"),
        ("user", "Look again."),
    ]
    assert Output.objects.get().text == "Answer: 7"
    assert Stage.objects.get(number=0).text == "<think>hm</think>Answer: 6"


def test_what_a_lost_worker_wrote_stands_and_its_successor_goes_on_behind_it() -> None:
    output = a_plan("majority", 3)
    lost, claim = Asking(), claimed("lost")
    first = lost.begin(claim)
    second = lost.after(claim, reply(first, "Answer: 7"), queue.NOTHING_SPENT)
    assert isinstance(second, Request)
    Output.objects.update(leased_until="2000-01-01T00:00:00Z")
    queue.sweep()
    texts = iter(["Answer: 6", "Answer: 7"])
    made = write(lambda request: reply(request, next(texts)), owner="next")
    assert len(made) == 2
    assert made[0].seed == second.seed
    late = lost.after(claim, reply(second, "Answer: 9"), queue.NOTHING_SPENT)
    assert late is None, "another worker holds it"
    output.refresh_from_db()
    assert output.choice["found"] == ["7", "6", "7"]
    assert list(Stage.objects.values_list("number", "attempt")) == [(0, 1), (1, 2), (2, 2)]


def test_the_cost_of_stages_is_counted_once() -> None:
    from decimal import Decimal

    from evaluations.runs.endpoints.costs import cost_of

    output = a_plan("revise", 1)
    asking, claim = Asking(), claimed()
    spent = queue.Spent("", 5, 10, Decimal("0.25"), [{"status": 200}])
    second = asking.after(claim, reply(asking.begin(claim), "Answer: 6"), spent)
    assert isinstance(second, Request)
    last = asking.after(claim, reply(second, "Answer: 7"), spent)
    assert isinstance(last, queue.Written)
    queue.finish([last])
    cost = cost_of(output.run)
    assert cost is not None
    assert (cost.dollars, cost.unknown) == (Decimal("0.5"), 0)


def test_prefill_examples_and_sampling_are_sent() -> None:
    a_plan(
        "single", 0, system="Be terse.", examples=[["1 + 1?", "Answer: 2"]], prefill="So ",
        top_k=5, min_p=0.1, repetition_penalty=1.2, stop=["\n\n"], template_arguments={"a": 1},
    )  # fmt: skip
    (request,) = write(lambda request: reply(request, "Answer: 7"))
    assert [m.content for m in request.messages] == [
        "Be terse.", f"1 + 1?\n\n{INSTRUCTION}", "Answer: 2", f"3 + 4?\n\n{INSTRUCTION}",
    ]  # fmt: skip
    assert request.prefix == "So "
    sampling = request.sampling
    assert (sampling.top_k, sampling.min_p, sampling.repetition_penalty) == (5, 0.1, 1.2)
    assert sampling.stop == ("\n\n",)
    assert request.template_arguments == {"a": 1}
    assert not Stage.objects.exists()
