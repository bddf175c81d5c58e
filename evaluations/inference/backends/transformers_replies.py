"""A sample on its way: its prompt as tokens, its reply as text, where a stop string ends it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from evaluations.inference.backends.transformers_loading import LoadedModel
from evaluations.inference.engine import Likely, Request, RequestRefused, Result, StopReason
from evaluations.inference.split import split_output
from evaluations.inference.templates import refusal_of
from evaluations.inference.thought import end_of_thought, opens_thought

_JOINT = 8
_BYTES_A_CHARACTER = 4


@dataclass(kw_only=True, eq=False)
class Sample:
    """One request on its way: `sent` is its prompt as text, `limit` its token budget, cut to what
    the context leaves.

    `thought_end` would end the thought that the prompt leaves open, if it does. `seen` says which
    tokens stand in prompt and reply, where a penalty asks for it. `cut` is the text before a stop
    string.
    """

    request: Request
    prompt: list[int]
    sent: str
    limit: int
    thinking: bool
    thought_end: str = ""
    started: float = 0.0
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    seen: Tensor | None = None
    cut: str | None = None

    @property
    def length(self) -> int:
        """Tokens of its prompt and its reply so far."""
        return len(self.prompt) + len(self.tokens)

    @property
    def reserved(self) -> int:
        """Tokens that it has at most."""
        return len(self.prompt) + self.limit

    def add(self, token: int) -> None:
        self.tokens.append(token)
        if self.seen is not None:
            self.seen[token] = True

    def look(self, vocabulary: int, device: torch.device) -> Tensor | None:
        """Which tokens were seen, of the vocabulary that the model writes; None without penalty."""
        if self.request.sampling.repetition_penalty != 1 and self.seen is None:
            self.seen = torch.zeros(vocabulary, dtype=torch.bool, device=device)
            self.seen[self.prompt + self.tokens] = True
        return self.seen


def sample_of(loaded: LoadedModel, request: Request) -> Sample:
    """A request as tokens. Raises RequestRefused, in words."""
    # A tokenizer may bring several templates, by name.
    if why := refusal_of(str(loaded.tokenizer.chat_template), request.template_arguments):
        raise RequestRefused(why)
    messages = [{"role": x.role, "content": x.content} for x in request.messages]
    try:
        text = loaded.tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=False, **request.template_arguments
        )
    except Exception as error:
        raise RequestRefused(f"The chat template refuses these messages: {error}") from error
    # A chat template has written the special tokens already.
    sent = text + request.prefix
    prompt = loaded.tokenizer(sent, add_special_tokens=loaded.completes)["input_ids"]
    if not prompt:
        raise RequestRefused("The prompt is empty.")
    room = loaded.context - len(prompt)
    if room < 1:
        raise RequestRefused(
            f"The prompt is too long: it has {len(prompt)} tokens, and this model's context "
            f"holds {loaded.context}, at least one of them for the reply."
        )
    # What the template writes for the reply, behind the words of the last message.
    end = text.rpartition(request.messages[-1].content.strip())[2]
    return Sample(
        request=request,
        prompt=list(prompt),
        sent=sent,
        limit=min(request.sampling.max_new_tokens, room),
        thinking=opens_thought(end, own=loaded.thought_tags),
        thought_end=end_of_thought(end, own=loaded.thought_tags),
    )


def reply(loaded: LoadedModel, sample: Sample, tokens: list[int]) -> str:
    """The reply so far, its prefix included."""
    prefix = sample.request.prefix
    if sample.cut is not None:
        return prefix + sample.cut
    return prefix + _written(loaded, sample, tokens)


def find_stop(loaded: LoadedModel, sample: Sample) -> bool:
    """Whether the newest token completes a stop string; the text before it is then kept."""
    stops = sample.request.sampling.stop
    if not stops:
        return False
    reach = _BYTES_A_CHARACTER * max(map(len, stops)) + _JOINT
    # Of long replies only the end is read anew at each token.
    if not any(stop in decoded(loaded, sample.tokens[-reach:]) for stop in stops):
        return False
    text = _written(loaded, sample, sample.tokens)
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    if places:
        sample.cut = text[: min(places)]
    return bool(places)


def decoded(loaded: LoadedModel, tokens: list[int]) -> str:
    """What was written; tags of thoughts stay also where they are special tokens."""
    kept = [token for token in tokens if token not in loaded.unwritten]
    return str(
        loaded.tokenizer.decode(kept, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    )


def _written(loaded: LoadedModel, sample: Sample, tokens: list[int]) -> str:
    alone = decoded(loaded, tokens)
    if not sample.request.prefix:
        return alone
    # Some tokenizers drop a space at the beginning, which here is one within the reply.
    before = sample.prompt[-_JOINT:]
    head, both = decoded(loaded, before), decoded(loaded, before + tokens)
    return both[len(head) :] if both.startswith(head) else alone


def pieces(loaded: LoadedModel, sample: Sample) -> Iterator[str]:
    """The text of each token, as it follows the one before it: alone some lose their space."""
    before = sample.prompt[-1:]
    for token in sample.tokens:
        head, both = decoded(loaded, before), decoded(loaded, [*before, token])
        yield both[len(head) :] if both.startswith(head) else decoded(loaded, [token])
        before = [token]


def result_of(
    loaded: LoadedModel,
    sample: Sample,
    environment: dict[str, Any],
    stop_reason: StopReason,
    error: str = "",
) -> Result:
    text = reply(loaded, sample, sample.tokens)
    parts = split_output(
        text,
        sample.request.strategy,
        thinking=sample.thinking,
        finished=stop_reason == "stop",
        own=loaded.thought_tags,
    )
    prompt_words = " ".join(map(str, sample.prompt))
    return Result(
        id=sample.request.id,
        text=text,
        trace=parts.trace,
        answer=parts.answer,
        trace_visibility=parts.visibility,
        tokens_in=len(sample.prompt),
        tokens_out=len(sample.tokens),
        stop_reason=stop_reason,
        seconds=time.monotonic() - sample.started,
        error=error,
        logprobs=tuple(map(Likely, pieces(loaded, sample), sample.logprobs)),
        prompt_text=sample.sent,
        environment=environment
        | {
            "max_new_tokens": sample.limit,
            "thought_opened": sample.thinking,
            "prompt_tokens_sha256": hashlib.sha256(prompt_words.encode()).hexdigest(),
        }
        | ({"thought_end": sample.thought_end} if sample.thought_end else {}),
    )
