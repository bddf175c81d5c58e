"""From what a server sent to a result: thought and answer, what counts as too long, failures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from evaluations.inference.backends.openai_replies import Reply
from evaluations.inference.backends.openai_thoughts import Apart, thought_apart
from evaluations.inference.engine import Request, Result, Try
from evaluations.inference.split import split_output
from evaluations.inference.thought import APART, joined, split_thought

SLACK_TOKENS = 16
"""End tokens and the like, by which servers count differently."""


def too_long(reply: Reply, most_tokens: int) -> str:
    """Why a reply cannot be taken that is longer than was asked for; empty where it is not.

    Some servers do not heed the limit, and such a reply could not be compared with others.
    """
    out = reply.usage.tokens_out or 0
    if out <= most_tokens + SLACK_TOKENS:
        return ""
    return f"The endpoint wrote {out} tokens although at most {most_tokens} were asked for."


def begins_anew(request: Request, reply: Reply) -> str:
    """Why a reply cannot be taken that was to go on from given words, and did not: a thought that
    comes apart stands before them. Empty where it did."""
    if not request.prefix or not thought_apart(reply.thoughts, 0).text:
        return ""
    return (
        "The endpoint sent a thought apart although the reply was to go on from given words. Probe "
        "the endpoint again."
    )


def thought_of(reply: Reply, prefix: str = "") -> Apart:
    """What came apart of a thought; nothing where it stands in the reply, between tags.

    A count of reasoning tokens alone says that a thought is hidden, but tags show it, those of the
    given words too that the reply goes on from.
    """
    tagged = split_thought(prefix + reply.text, finished=reply.stop_reason == "stop").text
    return thought_apart(reply.thoughts, 0 if tagged else reply.usage.reasoning)


def result_of(
    request: Request, reply: Reply, tries: Sequence[Try], environment: dict[str, Any]
) -> Result:
    """The result of a reply that ended."""
    apart = thought_of(reply, request.prefix)
    messages = [[each.role, each.content] for each in request.messages]
    messages += [["assistant", request.prefix]] if request.prefix else []
    text = joined(apart.text, request.prefix + reply.text)
    finished = reply.stop_reason == "stop"
    own = APART if apart.text else None
    parts = split_output(text, request.strategy, finished=finished, own=own)
    prompt_text = json.dumps(messages)
    environment = environment | {
        "prompt_messages_sha256": hashlib.sha256(prompt_text.encode()).hexdigest(),
        "model_reported": reply.model,
        "system_fingerprint": reply.fingerprint,
        "finish_reason": reply.finish,
    }
    if apart.field:
        environment["thought_field"] = apart.field
    if own:
        environment["thought_tags"] = [list(part) for part in own]
    return Result(
        id=request.id,
        text=text,
        trace=parts.trace,
        answer=parts.answer,
        trace_visibility=apart.visibility if apart.field else parts.visibility,
        tokens_in=reply.usage.tokens_in,
        tokens_out=reply.usage.tokens_out,
        stop_reason=reply.stop_reason,
        seconds=tries[-1].seconds,
        tries=tuple(tries),
        environment=environment,
        prompt_text=prompt_text,
        raw=reply.raw,
        usage=reply.counted,
        logprobs=tuple(reply.logprobs) if request.logprobs else (),
    )


def failed(
    request: Request, why: str, tries: Sequence[Try], reply: Reply, *, final: bool = False
) -> Result:
    """The result of a request that got no reply; its text is what a cut stream had brought."""
    return Result(
        id=request.id,
        text=joined(thought_apart(reply.thoughts, 0).text, reply.text),
        trace="",
        answer="",
        trace_visibility="not-written",
        tokens_in=None,
        tokens_out=None,
        stop_reason="error",
        seconds=sum(one.seconds for one in tries),
        error=why,
        final=final,
        tries=tuple(tries),
    )
