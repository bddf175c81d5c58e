"""A language model and its tokenizer made on the spot: random weights, a byte a token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
)

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.engine import Engine, Message, ModelSpec, Request, Result, Sampling

SHAPE = {
    "vocab_size": 264,
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    # Wide enough for logits that differ clearly, as a trained model's do.
    "initializer_range": 0.3,
    "eos_token_id": 1,
    "pad_token_id": 0,
    "bos_token_id": 2,
}
TEMPLATE = (
    "{% for message in messages %}<s>{{ message['role'] }}: {{ message['content'] }}</s>"
    "{% endfor %}{% if add_generation_prompt %}<s>assistant:{% endif %}"
)


def byte_tokenizer(template: str | None = TEMPLATE) -> PreTrainedTokenizerFast:
    alphabet = ["<pad>", "</s>", "<s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    inner = Tokenizer(models.BPE({piece: i for i, piece in enumerate(alphabet)}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", eos_token="</s>", bos_token="<s>"
    )
    tokenizer.chat_template = template
    return tokenizer


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(7)
    folder = tmp_path_factory.mktemp("tiny-llama")
    LlamaForCausalLM(LlamaConfig(**SHAPE)).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_mistral(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Attention reaches back 8 tokens only, far less than the prompts are long."""
    torch.manual_seed(8)
    folder = tmp_path_factory.mktemp("tiny-mistral")
    MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=8)).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def load(tiny_llama: Path) -> Callable[..., TransformersEngine]:
    def load(folder: Path = tiny_llama, **options: object) -> TransformersEngine:
        spec = ModelSpec(name="tiny", path=str(folder))
        return TransformersEngine.load(spec, device="cpu", dtype="float32", **options)

    return load


def ask(
    id: str,
    text: str,
    *,
    seed: int = 0,
    temperature: float = 0.0,
    top_p: float = 1.0,
    max_new_tokens: int = 12,
    strategy: str = "direct",
) -> Request:
    return Request(
        id=id,
        messages=(Message(role="user", content=text),),
        seed=seed,
        sampling=Sampling(temperature=temperature, top_p=top_p, max_new_tokens=max_new_tokens),
        strategy=strategy,
    )


def run(engine: Engine, requests: Sequence[Request]) -> dict[str, Result]:
    """Submit all and step until nothing is active."""
    for request in requests:
        engine.submit(request)
    results: dict[str, Result] = {}
    for _ in range(10_000):
        if not engine.active:
            return results
        for result in engine.step():
            assert result.id not in results
            results[result.id] = result
    raise AssertionError("the engine does not come to an end")
