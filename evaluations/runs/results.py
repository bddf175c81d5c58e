"""From an engine's result to what is stored: steps, grade, environment, hashes."""

import json
from collections.abc import Mapping
from typing import Any

from evaluations.grading import GRADERS, GradingError, grade_reply
from evaluations.grading import grade as grade_text
from evaluations.grading.grade import TIMED_OUT
from evaluations.inference.answer import ANSWER_VERSION
from evaluations.inference.engine import Result
from evaluations.inference.segmentation import SEGMENTATION_VERSION, segment
from evaluations.inference.split import SPLIT_VERSION
from evaluations.inference.strategies import STRATEGY_VERSION
from evaluations.inference.thought import Tags
from evaluations.runs import queue
from evaluations.runs.identity import names_model
from evaluations.runs.models import Environment, Grade, Output
from evaluations.runs.queue import Graded

LONGEST_NOTE = 200
MOST_LIKELY, LONGEST_TOKEN, DIGITS = 4096, 60, 4
"""Of how many tokens it is kept how likely they were, with so many characters and decimals."""
BY_HAND = {"written": "by hand", "answer": "in a field of its own"}
"""The environment of what people write."""
BY_HAND_DIGEST = Environment.digest_of(BY_HAND)
NOT_IN_TIME = f"not graded: {TIMED_OUT}"
PROMPT_DIGESTS = ("prompt_tokens_sha256", "prompt_messages_sha256")
"""Of the tokens that were read, or of the messages where a server makes tokens of them."""


def storable(text: str) -> str:
    """PostgreSQL text cannot hold NUL, so such characters become U+FFFD."""
    return text.replace("\x00", "�")


def prompt_digest_of(environment: Mapping[str, Any]) -> str:
    """The digest of what was sent, of what an engine recorded; empty where it has none."""
    return str(next(filter(None, map(environment.get, PROMPT_DIGESTS)), ""))


def written(claim: queue.Claim, result: Result) -> queue.Written:
    """A result with its steps and its grade, ready to be stored."""
    text, trace, answer = map(storable, (result.text, result.trace, result.answer))
    environment = {
        **result.environment,
        "strategy_version": STRATEGY_VERSION,
        "split_version": SPLIT_VERSION,
        "answer_version": ANSWER_VERSION,
    }
    prompt_digest = prompt_digest_of(environment)
    for name in PROMPT_DIGESTS:
        environment.pop(name, None)
    digest = Environment.digest_of(environment)
    return queue.Written(
        claim=claim,
        text=text,
        trace=trace,
        answer=answer,
        trace_visibility=result.trace_visibility,
        tokens_in=result.tokens_in,
        tokens_out=result.tokens_out,
        stop_reason=result.stop_reason,
        seconds=result.seconds,
        prompt_digest=prompt_digest,
        environment=environment,
        environment_digest=digest,
        prompt_text=storable(result.prompt_text),
        raw=storable(result.raw),
        usage=result.usage,
        likely=[
            (storable(token.text)[:LONGEST_TOKEN], round(token.logprob, DIGITS))
            for token in result.logprobs[:MOST_LIKELY]
        ],
        segmentation=SEGMENTATION_VERSION,
        spans=[(span.start, span.end) for span in segment(trace)],
        names_model=names_model(text, name=claim.model_name, maker=claim.maker),
        graded=graded(
            grader=claim.grader,
            reference=claim.reference,
            parameters=json.loads(claim.parameters),
            text=text,
            answer=answer,
            strategy=claim.strategy,
            stop_reason=result.stop_reason,
            environment=environment,
        ),
    )


def graded(
    *,
    grader: str,
    reference: str,
    parameters: Mapping[str, Any],
    text: str,
    answer: str,
    strategy: str,
    stop_reason: str,
    environment: Mapping[str, Any],
) -> Graded:
    """The grade of an output, by the versions of this code.

    The answers of imported outputs, and of those by hand, came apart, so they are graded without a
    place in the text.
    """
    if grader not in GRADERS:
        return Graded(grader, note=f"not graded: no grader is called {grader}" if grader else "")
    made = Graded(grader, GRADERS[grader].version, ANSWER_VERSION)
    came_apart = "imported_from" in environment or environment == BY_HAND
    tags = environment.get("thought_tags")
    try:
        if came_apart:
            found = grade_text(grader, answer, reference, parameters)
        else:
            found = grade_reply(
                grader,
                text,
                strategy,
                reference,
                parameters,
                thinking=bool(environment.get("thought_opened")),
                finished=stop_reason == "stop",
                own=Tags(*map(tuple, tags)) if tags else None,
            )
    except GradingError as error:
        return made._replace(note=f"not graded: {error}"[:LONGEST_NOTE])
    made = made._replace(score=found.score, note=found.note[:LONGEST_NOTE])
    if came_apart:
        return made
    return made._replace(start=found.span.start, end=found.span.end, how=found.span.how)


def graded_output(output: Output) -> Graded:
    """The grade of a stored output; reads its prompt, recipe and environment."""
    return graded(
        grader=output.prompt.grader,
        reference=output.prompt.reference,
        parameters=output.prompt.parameters,
        text=output.text,
        answer=output.answer,
        strategy=output.run.recipe.strategy,
        stop_reason=output.stop_reason,
        environment=output.environment.data if output.environment else {},
    )


def says_less(made: Graded, before: Grade) -> bool:
    """Whether the same versions graded it before, and took too long this time.

    How long a grader takes is no property of the answer, so the grade stands.
    """
    same = made.grader, made.grader_version, made.answer_version
    return (
        made.note == NOT_IN_TIME
        and before.score is not None
        and same == (before.grader, before.grader_version, before.answer_version)
    )


def graded_as(grade: Grade) -> Graded:
    """The columns of a stored grade."""
    return Graded(*(getattr(grade, name) for name in Graded._fields))
