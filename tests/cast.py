"""The cast of every stage's tests: people with their rights, and outputs as a worker leaves them.

Criteria, definitions and judges come from the judgments stage, where they are made.
"""

from typing import Any

from django.utils import timezone

from evaluations.accounts.models import Role, User
from evaluations.inference.segmentation import SEGMENTATION_VERSION, segment
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_grade,
    make_judge,
    make_model,
    make_prompt,
    make_recipe,
    make_user,
)
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Environment, LanguageModel, Output, Recipe, Run, Step

__all__ = [
    "HOSTILE",
    "classify",
    "give",
    "make_block",
    "make_criterion",
    "make_definition",
    "make_grade",
    "make_judge",
    "make_model",
    "make_output",
    "make_prompt",
    "make_prompt_set",
    "make_recipe",
    "make_researcher",
    "make_run",
    "make_staff",
    "make_user",
]

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> "
    '<a hx-get="/admin/" hx-trigger="load">x</a> [x](javascript:alert(1)) '
    "https://example.org/ </div></article></main> {{ csrf_token }} {% now 'Y' %}"
)
"""What a model may write to harm a page that shows it."""


def make_staff(name: str = "staff") -> User:
    """Somebody who may do everything, in the admin too."""
    return User.objects.create_superuser(username=name, password="a quiet afternoon")


def make_researcher(name: str = "researcher") -> User:
    """Somebody who may launch runs and is not staff."""
    return make_user(name, role=Role.RESEARCHER)


def make_prompt_set(slug: str = "riddles", prompts: int = 0, **fields: Any) -> PromptSet:
    """A prompt set with some prompts of its own."""
    fields.setdefault("title", slug.replace("-", " ").capitalize())
    prompt_set = PromptSet.objects.create(slug=slug, **fields)
    for number in range(1, prompts + 1):
        Prompt.objects.create(
            prompt_set=prompt_set,
            slug=f"{slug}-{number}",
            title=f"{prompt_set.title} {number}",
            text=f"Riddle {number}?",
            position=number,
        )
    return prompt_set


def make_run(
    *,
    model: LanguageModel | None = None,
    recipe: Recipe | None = None,
    prompt_set: PromptSet | None = None,
    **fields: Any,
) -> Run:
    """A run without outputs; model, recipe and prompt set are made when there are none."""
    return Run.objects.create(
        model=model or LanguageModel.objects.first() or make_model(),
        recipe=recipe or Recipe.objects.first() or make_recipe(),
        prompt_set=prompt_set or PromptSet.objects.first() or make_prompt_set(),
        **fields,
    )


def make_output(
    *,
    text: str | None = None,
    trace: str = "1. The lamp is on.\n2. So somebody is home.",
    answer: str = "Somebody is home.",
    run: Run | None = None,
    model: LanguageModel | None = None,
    recipe: Recipe | None = None,
    prompt: Prompt | None = None,
    state: str = "done",
    **fields: Any,
) -> Output:
    """An output in any state; a finished one has its steps, tokens, seconds and environment."""
    run = run or Run.objects.first()
    if run is None or model is not None or recipe is not None:
        run = make_run(model=model, recipe=recipe)
    prompt = prompt or make_prompt()
    score, note = fields.pop("grade", None), fields.pop("grade_note", "")
    row: dict[str, Any] = {"state": state, "seed": 7, **fields}
    row.setdefault("sample", run.outputs.filter(prompt=prompt).count())
    if state == "leased":
        row.setdefault("leased_until", timezone.now())
    if state in {"done", "failed"}:
        row.setdefault("finished_at", timezone.now())
    if state == "done":
        environment, _ = Environment.objects.get_or_create(
            digest="e" * 64, defaults={"data": {"device": "cpu", "versions": {"torch": "2.13.0"}}}
        )
        row = {
            "text": f"{trace}\n\n{answer}" if text is None else text,
            "trace": trace,
            "answer": answer,
            "trace_visibility": "full" if trace else "not-written",
            "tokens_in": 20,
            "tokens_out": 40,
            "seconds": 2.0,
            "stop_reason": "stop",
            "environment": environment,
            **row,
        }
    output = Output.objects.create(run=run, prompt=prompt, **row)
    if score is not None or note:
        make_grade(output, score, note=note)
    if state == "done":
        Step.objects.bulk_create(
            Step(
                output=output,
                segmentation=SEGMENTATION_VERSION,
                index=index,
                start=span.start,
                end=span.end,
            )
            for index, span in enumerate(segment(trace))
        )
    return output
