"""Other ways to have the same requests answered: what the engine is measured against."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig

from evaluations.inference.engine import Request


class Measured(NamedTuple):
    """Tokens written and seconds that took."""

    tokens: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds


def prompts_of(loaded: Any, batch: Sequence[Request]) -> list[list[int]]:
    """The requests as token ids, as the engine reads them."""
    texts = [
        loaded.tokenizer.apply_chat_template(
            [{"role": x.role, "content": x.content} for x in request.messages],
            add_generation_prompt=True,
            tokenize=False,
        )
        for request in batch
    ]
    return [loaded.tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]


def settings(loaded: Any, request: Request) -> dict[str, Any]:
    """The sampling of a request as the library takes it; the end token is padding too."""
    sampling = request.sampling
    return {
        "do_sample": True,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": 0,
        "max_new_tokens": sampling.max_new_tokens,
        "pad_token_id": min(loaded.stop_ids),
    }


def written(loaded: Any, reply: Sequence[int]) -> int:
    """Tokens up to the end token; what a padded batch writes behind it does not count."""
    ends = (place for place, token in enumerate(reply, start=1) if token in loaded.stop_ids)
    return next(ends, len(reply))


def one_by_one(loaded: Any, batch: Sequence[Request]) -> Measured:
    """`generate`, called once a request."""
    prompts, began, tokens = prompts_of(loaded, batch), time.perf_counter(), 0
    for request, prompt in zip(batch, prompts, strict=True):
        ids = torch.tensor([prompt], device=loaded.device)
        output = loaded.model.generate(
            ids, attention_mask=torch.ones_like(ids), **settings(loaded, request)
        )
        tokens += written(loaded, output[0, len(prompt) :].tolist())
    return Measured(tokens, time.perf_counter() - began)


def padded_batches(loaded: Any, batch: Sequence[Request], rows: int) -> Measured:
    """`generate` on so many requests at once, padded on the left, until the longest ends."""
    prompts, began, tokens = prompts_of(loaded, batch), time.perf_counter(), 0
    for first in range(0, len(batch), rows):
        part = prompts[first : first + rows]
        width = max(map(len, part))
        ids = torch.full((len(part), width), min(loaded.stop_ids), device=loaded.device)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(part):
            ids[row, width - len(prompt) :] = torch.tensor(prompt)
            mask[row, width - len(prompt) :] = 1
        output = loaded.model.generate(ids, attention_mask=mask, **settings(loaded, batch[first]))
        tokens += sum(written(loaded, reply) for reply in output[:, width:].tolist())
    return Measured(tokens, time.perf_counter() - began)


def continuous(loaded: Any, batch: Sequence[Request], rows: int) -> Measured:
    """The library's continuous batching, so many requests at once."""
    prompts, began = prompts_of(loaded, batch), time.perf_counter()
    found = loaded.model.generate_batch(
        prompts,
        generation_config=GenerationConfig(
            **settings(loaded, batch[0]), eos_token_id=sorted(loaded.stop_ids)
        ),
        continuous_batching_config=ContinuousBatchingConfig(max_requests_per_batch=rows),
        warmup=False,
    )
    if len(found) < len(batch):
        raise RuntimeError(f"only {len(found)} of {len(batch)} were answered")
    tokens = sum(written(loaded, one.generated_tokens) for one in found.values())
    return Measured(tokens, time.perf_counter() - began)


def served(address: str, model: str, batch: Sequence[Request], slots: int) -> Measured:
    """A server on this machine that speaks chat completions, so many requests at once."""

    def asked(request: Request) -> int:
        sampling = request.sampling
        body = {
            "model": model,
            "messages": [{"role": x.role, "content": x.content} for x in request.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": 0,
            "min_p": 0,
            "max_tokens": sampling.max_new_tokens,
            "seed": request.seed,
        }
        call = urllib.request.Request(
            f"{address}/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(call, timeout=600) as answer:
            return int(json.load(answer)["usage"]["completion_tokens"])

    began = time.perf_counter()
    with ThreadPoolExecutor(slots) as pool:
        tokens = sum(pool.map(asked, batch))
    return Measured(tokens, time.perf_counter() - began)
