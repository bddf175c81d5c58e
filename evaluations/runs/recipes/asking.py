"""From a claimed output to requests, stage by stage, and to what is stored.

Each stage but the last is stored as soon as it is written, under the lease of its output: whoever
takes the output over goes on behind it. The last goes with the output, in one transaction.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from evaluations.grading.choosing import CHOOSING_VERSION, Choice, best, majority
from evaluations.inference import ways
from evaluations.inference.engine import Request, Result, StopReason, TraceVisibility
from evaluations.inference.plans import PLAN_VERSION, Done, Next, next_stage, stage_seed
from evaluations.inference.split import split_output
from evaluations.inference.thought import Tags, end_of_thought
from evaluations.inference.ways import Way
from evaluations.runs import queue
from evaluations.runs.building.refusals import grader_refusal
from evaluations.runs.models import Recipe, Stage
from evaluations.runs.recipes.stages import columns, store_stage
from evaluations.runs.results import prompt_digest_of, storable, written

MOST_REMEMBERED = 1_000


@dataclass
class Asking:
    """What a worker knows of recipes, which never change once they are used, and of stages."""

    ways: dict[int, Way] = field(default_factory=dict)
    stages: dict[int, list[Stage]] = field(default_factory=dict)

    def way_of(self, claim: queue.Claim) -> Way:
        if claim.recipe not in self.ways:
            self.ways[claim.recipe] = Recipe.objects.get(pk=claim.recipe).way
        return self.ways[claim.recipe]

    def stages_of(self, claim: queue.Claim) -> list[Stage]:
        """The stages of an output that are stored; those of outputs given up are forgotten."""
        if claim.id not in self.stages:
            if len(self.stages) >= MOST_REMEMBERED:
                self.stages.clear()
            # What servers wrote is long, and read for the one reply that is kept.
            stored = Stage.objects.filter(output=claim.id).defer("body")
            self.stages[claim.id] = list(stored.order_by("number"))
        return self.stages[claim.id]

    def begin(self, claim: queue.Claim) -> Request:
        """What to ask for an output first: where stages of it are stored, what comes after them.

        Raises ValueError for a recipe that cannot be used with this prompt.
        """
        way = self.way_of(claim)
        if why := grader_refusal(way, [claim.grader]):
            raise ValueError(why)
        # Of an earlier claim of the same output only what is stored counts.
        self.stages.pop(claim.id, None)
        stages = self.stages_of(claim) if way.plan != ways.SINGLE else []
        step = next_stage(way, claim.prompt, [done_of(stage) for stage in stages])
        if step is None:
            raise ValueError("All stages of this output are stored, and their output is not.")
        return request_of(claim, way, step, len(stages))

    def after(
        self, claim: queue.Claim, result: Result, spent: queue.Spent
    ) -> Request | queue.Written | None:
        """What to ask next, or what to store; None where another worker holds the output by now."""
        way = self.way_of(claim)
        if way.plan == ways.SINGLE:
            return replace(written(claim, result), spent=spent)
        before = self.stages_of(claim)
        done = [done_of(stage) for stage in before]
        asked = next_stage(way, claim.prompt, done)
        assert asked is not None
        stage = stage_of(claim, asked, len(before), result)
        done.append(done_of(stage))
        step = next_stage(way, claim.prompt, done)
        sent = {
            "prompt_digest": prompt_digest_of(result.environment),
            "prompt_text": storable(result.prompt_text),
        }
        if step is None:
            del self.stages[claim.id]
            made = whole(claim, way, [*before, stage], result)
            return replace(made, stage=columns(stage, **sent), spent=spent)
        stage.cost, stage.calls = spent.cost, spent.calls or None
        if not store_stage(claim, columns(stage, **sent)):
            del self.stages[claim.id]
            return None
        stage.body = ""
        before.append(stage)
        return request_of(claim, way, step, len(before))

    def cut_short(self, claim: queue.Claim, why: str) -> queue.Written | None:
        """The output that the stages before a refused one make; None where there are none.

        A thought or a draft may fill what the model reads at once, so that nothing follows it.
        """
        stages = self.stages.pop(claim.id, [])
        return whole(claim, self.way_of(claim), stages, None, refused=why) if stages else None


def request_of(claim: queue.Claim, way: Way, step: Next, number: int) -> Request:
    return Request(
        id=str(claim.id),
        messages=step.messages,
        prefix=step.prefix,
        seed=stage_seed(claim.seed, number),
        sampling=replace(way.sampling, max_new_tokens=step.max_new_tokens),
        strategy=way.strategy,
        template_arguments=way.template_arguments,
        logprobs=way.logprobs,
        effort=way.effort,
        summary=way.summary,
        attempt=claim.attempt,
    )


def stage_of(claim: queue.Claim, asked: Next, number: int, result: Result) -> Stage:
    """A result as a stage, not stored yet."""
    facts = result.environment
    own = tags_of(facts)
    closer = ""
    if result.trace_visibility != "hidden":
        closer = open_end(result, bool(facts.get("thought_opened")), own)
    return Stage(
        output_id=claim.id,
        number=number,
        attempt=claim.attempt,
        kind=asked.kind,
        seed=stage_seed(claim.seed, number),
        prefix=asked.prefix,
        added=asked.added,
        text=storable(result.text.removeprefix(asked.prefix)),
        closer=closer,
        trace_visibility=result.trace_visibility,
        facts=facts,
        tokens_in=result.tokens_in,
        tokens_out=result.tokens_out,
        stop_reason=result.stop_reason,
        seconds=result.seconds,
        usage=result.usage,
        body=storable(result.raw),
    )


def open_end(result: Result, thinking: bool, own: Tags | None) -> str:
    """The tag that would end the thought in which a reply stops; empty where it stops in none."""
    parts = split_output(result.text, "direct", thinking=thinking, finished=False, own=own)
    if parts.answer or not (thinking or end_of_thought(result.text, own=own)):
        return ""
    return end_of_thought(result.text, own=own) or str(result.environment.get("thought_end", ""))


def done_of(stage: Stage) -> Done:
    return Done(
        prefix=stage.prefix,
        text=stage.text,
        stop_reason=stage.stop_reason,
        tokens_out=stage.tokens_out,
        thinking=bool(stage.facts.get("thought_opened")),
        own=tags_of(stage.facts),
        closer=stage.closer,
    )


def tags_of(facts: dict[str, Any]) -> Tags | None:
    tags = facts.get("thought_tags")
    return Tags(*map(tuple, tags)) if tags else None


def whole(
    claim: queue.Claim, way: Way, stages: Sequence[Stage], last: Result | None, refused: str = ""
) -> queue.Written:
    """The output that stages make, with the tokens and seconds of all of them.

    Args:
        last: the result of the last stage, where that is not stored yet.
        refused: why the stage after them could not be asked for.
    """
    kept, choice = len(stages) - 1, None
    versions: dict[str, Any] = {"plan_version": PLAN_VERSION}
    if way.plan in ways.CHOOSING:
        choice = chosen(claim, way, [done_of(stage) for stage in stages])
        versions["choosing_version"] = CHOOSING_VERSION
        kept = choice.kept
    is_last = kept == len(stages) - 1
    result = last if last is not None and is_last else replied(claim, way, stages[kept])
    if refused:
        versions["plan_refused"] = refused
    if refused and choice is None:
        result = replace(result, stop_reason="length")
    result = replace(
        result,
        tokens_in=total([stage.tokens_in for stage in stages]),
        tokens_out=total([stage.tokens_out for stage in stages]),
        seconds=sum(stage.seconds for stage in stages),
        environment=result.environment | versions,
    )
    said = None
    if choice is not None:
        said = {"kept": choice.kept, "found": choice.found, "tied": choice.tied,
                "note": choice.note}  # fmt: skip
    return replace(written(claim, result), choice=said)


def chosen(claim: queue.Claim, way: Way, replies: Sequence[Done]) -> Choice:
    """Which reply a plan keeps. Without a grader of its own it takes the prompt's."""
    if way.plan == ways.MAJORITY:
        return majority(replies, way.strategy)
    own = way.grader in ("", claim.grader)
    return best(
        replies,
        way.strategy,
        grader=claim.grader if own else way.grader,
        reference=claim.reference,
        # What one grader is told says nothing to another.
        parameters=json.loads(claim.parameters) if own else {},
    )


def replied(claim: queue.Claim, way: Way, stage: Stage) -> Result:
    """A stage that is stored as the result, with all that was recorded of it.

    What was sent for it was stored with it. Makes a query.
    """
    stored = Stage.objects.filter(output=claim.id, number=stage.number)
    done = done_of(stage)
    parts = split_output(
        done.whole,
        way.strategy,
        thinking=done.thinking,
        finished=done.stop_reason == "stop",
        own=done.own,
    )
    return Result(
        id=str(claim.id),
        text=done.whole,
        trace=parts.trace,
        answer=parts.answer,
        trace_visibility=cast(TraceVisibility, stage.trace_visibility),
        tokens_in=stage.tokens_in,
        tokens_out=stage.tokens_out,
        stop_reason=cast(StopReason, stage.stop_reason),
        seconds=stage.seconds,
        environment=dict(stage.facts),
        raw=stored.values_list("body", flat=True).get(),
        usage=stage.usage,
    )


def total(counts: Sequence[int | None]) -> int | None:
    """The sum; None where one was not counted."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
