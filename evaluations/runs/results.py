"""From an engine's result to what is stored: steps, grade, environment, hashes."""

import hashlib
import json

from evaluations.inference.answer import ANSWER_VERSION
from evaluations.inference.engine import Result
from evaluations.inference.segmentation import SEGMENTATION_VERSION, segment
from evaluations.inference.split import SPLIT_VERSION
from evaluations.inference.strategies import STRATEGY_VERSION
from evaluations.runs import queue
from evaluations.runs.grades import graded
from evaluations.runs.identity import names_model


def written(claim: queue.Claim, result: Result) -> queue.Written:
    """A result with its steps and its grade, ready to be stored.

    PostgreSQL text cannot hold NUL, so such characters become U+FFFD.
    """
    text, trace, answer = (
        part.replace("\x00", "�") for part in (result.text, result.trace, result.answer)
    )
    environment = {
        **result.environment,
        "strategy_version": STRATEGY_VERSION,
        "split_version": SPLIT_VERSION,
        "answer_version": ANSWER_VERSION,
    }
    prompt_digest = str(environment.pop("prompt_tokens_sha256", ""))
    digest = hashlib.sha256(json.dumps(environment, sort_keys=True).encode()).hexdigest()
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
        segmentation=SEGMENTATION_VERSION,
        spans=[(span.start, span.end) for span in segment(trace)],
        names_model=names_model(text, name=claim.model_name, maker=claim.maker),
        graded=graded(
            grader=claim.grader,
            reference=claim.reference,
            text=text,
            answer=answer,
            strategy=claim.strategy,
            stop_reason=result.stop_reason,
            environment=environment,
        ),
    )
