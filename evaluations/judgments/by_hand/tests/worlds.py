"""Prompts that are open to people, and people who write to them."""

from typing import Any

from evaluations.judgments.by_hand.actions import consent, draw, send
from evaluations.judgments.by_hand.people import recipes
from evaluations.judgments.models import Judge, PassedPrompt, Writing, WrittenByHand
from evaluations.judgments.tests.cast import make_judge, make_prompt
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import SeenAnswered, Strategy

OPENED = {"reference": "4", "grader": "numeric"}


def open_prompt(slug: str = "sum", **fields: Any) -> Prompt:
    """A prompt of the one prompt set, which is opened to people."""
    prompt = make_prompt(slug, **{**OPENED, **fields})
    PromptSet.objects.update(for_people=True)
    prompt.prompt_set.refresh_from_db()
    return prompt


def writer(judge: Judge | None = None) -> Judge:
    """Somebody who agreed."""
    judge = judge or make_judge()
    consent(judge=judge)
    return judge


def before(judge: Judge, strategy: str = Strategy.DIRECT) -> Writing:
    """The prompt that was drawn for somebody, asked by the recipe that is named."""
    held = draw(judge=judge)
    assert held is not None
    held.recipe = next(recipe for recipe in recipes() if recipe.strategy == strategy)
    held.save()
    return held


def write(judge: Judge | None = None, **said: Any) -> WrittenByHand:
    """One text of somebody, sent: with working where some is given."""
    judge = judge or writer()
    strategy = Strategy.STEPS if said.get("working") else Strategy.DIRECT
    held = before(judge, strategy)
    said = {"working": "", "answer": "4", **said}
    return send(judge=judge, token=held.token, **said)


def make_hand_rows(number: int) -> None:
    """A row of everything that stands around texts by hand."""
    prompt = open_prompt(f"by-hand-{number}")
    judge = writer()
    write(judge)
    PassedPrompt.objects.create(judge=judge, prompt=prompt, had_seen=False)
    SeenAnswered.objects.create(user=judge.user, prompt=prompt)
    before(writer())
