"""What a recipe sends, word for word, for one prompt and one model."""

import json
from dataclasses import dataclass
from typing import Any

from evaluations.inference import plans, ways
from evaluations.inference.backends.openai_controls import controls
from evaluations.inference.engine import Message
from evaluations.inference.plans import Done, Next
from evaluations.prompts.models import Prompt
from evaluations.runs.engines import template_at_hand, why_not
from evaluations.runs.models import LanguageModel, Recipe

WRITTEN = "(what the model wrote)"


@dataclass(frozen=True)
class Asked:
    """One request. `text` is what the model reads, where its template is at hand.

    `when` says under which condition it is made.
    """

    title: str
    when: str
    messages: tuple[Message, ...]
    prefix: str
    limit: int
    text: str | None


@dataclass(frozen=True)
class Sent:
    """`refusal` says why the model cannot be asked so; `through` how messages become text.

    `fields` stand beside the messages of each request, as JSON: what an endpoint is told of the
    thought and of its chat template.
    """

    asked: list[Asked]
    refusal: str
    through: str
    fields: str


def sent(recipe: Recipe, prompt: Prompt | None, model: LanguageModel | None) -> Sent:
    """Every kind of request that the recipe makes, in order; later ones with a stand-in for what
    the model wrote before them.
    """
    way = recipe.way
    text = prompt.text if prompt else "(the prompt)"
    template = template_at_hand(model) if model else None
    refusal = why_not(model, recipe) if model else ""
    asked = []
    for step, title, when in steps(way, text):
        try:
            read = template.render(step.messages, way.template_arguments) if template else None
        except ValueError as error:
            refusal, read = refusal or str(error), None
        asked.append(
            Asked(
                title=title,
                when=when,
                messages=step.messages,
                prefix=step.prefix,
                limit=step.max_new_tokens,
                text=None if read is None else read + step.prefix,
            )
        )
    return Sent(asked, refusal, through(model, template), fields_of(way, model))


def fields_of(way: ways.Way, model: LanguageModel | None) -> str:
    """What an endpoint is told beside messages and drawing, in its dialect; empty for nothing."""
    if model is None or model.endpoint is None:
        return ""
    told = controls(
        model.endpoint.dialect,
        effort=way.effort,
        summary=way.summary,
        arguments=way.template_arguments,
    )
    return json.dumps(told, indent=2, ensure_ascii=False) if told else ""


def through(model: LanguageModel | None, template: Any) -> str:
    if model is None:
        return "No model can be asked yet, so this is shown as messages."
    if template is None:
        where = "at its endpoint" if model.endpoint_id else "not on this machine"
        return f"The template of “{model.name}” is {where}, so this is shown as messages."
    if template.completes:
        return f"“{model.name}” has no chat template: it is asked to go on with plain text."
    return f"Through the chat template of “{model.name}”, as it reads it."


def steps(way: ways.Way, prompt: str) -> list[tuple[Next, str, str]]:
    """Requests with a title and a condition each."""
    first = plans.next_stage(way, prompt, [])
    assert first is not None
    titles = {
        ways.BUDGET: ("The thought", f"It is cut after {way.number:,} tokens."),
        ways.REVISE: ("The first reply", ""),
        ways.MAJORITY: (
            f"Each of {way.number} replies",
            "Each with a seed of its own. The reply whose answer most of them give is kept.",
        ),
        ways.BEST_OF: (
            f"Each of {way.number} replies",
            "Each with a seed of its own. The one that the grader scores highest is kept.",
        ),
    }
    begun = [(first, *titles.get(way.plan, ("The reply", "")))]
    if way.plan not in (ways.BUDGET, ways.EXTEND, ways.REVISE):
        return begun
    cut = way.plan == ways.BUDGET
    done = Done(
        prefix=first.prefix, text=WRITTEN, stop_reason="length" if cut else "stop", tokens_out=0
    )
    then = plans.next_stage(way, prompt, [done])
    assert then is not None
    times = f", {way.number} times" if way.number > 1 else ""
    later = {
        ways.BUDGET: ("The answer", "Where the thought was cut, its end is written for it first."),
        ways.EXTEND: (f"Made to go on{times}", "Each time that it ends by itself."),
        ways.REVISE: (f"Revised{times}", "The last reply is the output."),
    }
    return [*begun, (then, *later[way.plan])]
