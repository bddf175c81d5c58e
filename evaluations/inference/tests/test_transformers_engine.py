"""The decode loop: rows that join, run side by side, fail and leave without touching each other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.backends.transformers_groups import GroupedCache
from evaluations.inference.backends.transformers_loading import load_model
from evaluations.inference.engine import (
    Engine,
    EngineFatal,
    ModelSpec,
    Request,
    RequestRefused,
    Result,
    load_engine,
)
from evaluations.inference.tests.conftest import ask, run

Load = Callable[..., TransformersEngine]

WORDS = ["a", "what is seven times eight?", "hm", "cats and dogs " * 4, "x = 3.5 apples", "é 🙂"]


def greedy(count: int) -> list[Request]:
    """Prompts and budgets of very different lengths, so that rows come and go all the time."""
    return [
        ask(str(i), WORDS[i % len(WORDS)] + "!" * i, max_new_tokens=3 + 5 * i % 23)
        for i in range(count)
    ]


def sampled(count: int) -> list[Request]:
    return [
        replace(
            request,
            seed=1000 + i,
            sampling=replace(request.sampling, temperature=0.9, top_p=0.8 if i % 2 else 1.0),
        )
        for i, request in enumerate(greedy(count))
    ]


def texts(engine: Engine, requests: list[Request]) -> dict[str, str]:
    return {id: result.text for id, result in run(engine, requests).items()}


def generated(engine: TransformersEngine, request: Request) -> str:
    """The library's own greedy decoding of one request, as an independent reference."""
    loaded = engine.loaded
    assert loaded is not None
    ids = loaded.tokenizer.apply_chat_template(
        [{"role": x.role, "content": x.content} for x in request.messages],
        add_generation_prompt=True,
        return_tensors="pt",
    )["input_ids"]
    output = loaded.model.generate(
        ids, do_sample=False, max_new_tokens=request.sampling.max_new_tokens
    )
    return str(loaded.tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True))


@pytest.mark.parametrize("model", ["tiny_llama", "tiny_mistral"])
def test_greedy_rows_in_company_match_plain_generate(
    load: Load, model: str, request: pytest.FixtureRequest
) -> None:
    engine = load(request.getfixturevalue(model), capacity=5)
    requests = greedy(16)
    assert texts(engine, requests) == {x.id: generated(engine, x) for x in requests}


def test_seeded_rows_are_the_same_alone_and_among_32(load: Load) -> None:
    requests = sampled(32)
    alone: dict[str, str] = {}
    engine = load(capacity=32)
    for request in requests:
        alone |= texts(engine, [request])
    assert texts(engine, requests) == alone
    assert texts(load(capacity=7, decode_steps=1), requests[::-1]) == alone
    assert len(set(alone.values())) > 25


def test_another_seed_gives_another_sample(load: Load) -> None:
    engine = load()
    first, second = (ask(str(i), "hello", seed=i, temperature=1.0) for i in range(2))
    result = texts(engine, [first, second])
    assert result["0"] != result["1"]
    assert texts(engine, [first])["0"] == result["0"]


def test_long_replies_outgrow_the_block_and_stay_the_same(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluations.inference.backends.transformers_groups._AHEAD", 2)
    engine = load(capacity=4)
    requests = greedy(12)
    assert texts(engine, requests) == {x.id: generated(engine, x) for x in requests}


def test_a_prompt_read_in_pieces_gives_the_same_tokens(load: Load) -> None:
    requests = greedy(8)
    assert texts(load(prefill_tokens=5), requests) == texts(load(), requests)


def test_samples_of_one_prompt_read_it_once(load: Load) -> None:
    engine = load()
    for i in range(6):
        engine.submit(ask(str(i), "the same prompt", seed=i, temperature=1.0))
    engine.step()
    once = engine.progress
    assert once == run(load(), [ask("x", "the same prompt")])["x"].tokens_in
    assert run(engine, []).keys() == {str(i) for i in range(6)}


def test_stop_token_ends_a_reply(tiny_llama: Path) -> None:
    spec = ModelSpec(name="tiny", path=str(tiny_llama))
    loaded = load_model(spec, device=torch.device("cpu"), dtype=torch.float32)
    loaded = replace(loaded, stop_ids=frozenset())
    seen: list[int] = []
    engine = TransformersEngine(loaded)
    engine.submit(ask("a", "hello", max_new_tokens=20))
    sample = engine._samples["a"]
    run(engine, [])
    seen = sample.tokens
    stop = next(token for token in seen[3:] if token not in seen[:3])
    at = seen.index(stop)
    result = run(
        TransformersEngine(replace(loaded, stop_ids=frozenset({stop}))),
        [ask("a", "hello", max_new_tokens=20)],
    )["a"]
    assert (result.stop_reason, result.tokens_out) == ("stop", at + 1)


def test_token_limit_is_a_result_and_is_cut_to_the_context(load: Load) -> None:
    result = run(load(), [ask("a", "x" * 200, max_new_tokens=10_000)])["a"]
    if result.stop_reason == "length":
        assert result.tokens_in + result.tokens_out == 256
    assert result.environment["max_new_tokens"] == 256 - result.tokens_in
    assert result.error == ""


def test_too_long_a_prompt_is_refused_with_the_numbers(load: Load) -> None:
    engine = load()
    with pytest.raises(RequestRefused, match=r"it has 3\d\d tokens.*context holds 256"):
        engine.submit(ask("a", "x" * 300))
    assert engine.active == 0
    assert run(engine, [ask("a", "short")])["a"].tokens_out


def test_an_id_that_is_active_is_refused(load: Load) -> None:
    engine = load()
    engine.submit(ask("a", "one"))
    with pytest.raises(RequestRefused, match="already active"):
        engine.submit(ask("a", "two"))
    assert run(engine, []).keys() == {"a"}


def test_values_that_are_not_numbers_end_their_row_alone(load: Load) -> None:
    engine = load(capacity=3)
    loaded = engine.loaded
    assert loaded is not None
    clean = greedy(12)
    expected = texts(engine, clean)
    poison = loaded.tokenizer("~", add_special_tokens=False)["input_ids"][0]
    with torch.no_grad():
        loaded.model.get_input_embeddings().weight[poison] = float("nan")
    poisoned = [ask(f"bad {i}", "~" * (i + 1) * 5) for i in range(4)]
    mixed = [x for pair in zip(poisoned, clean[:4], strict=True) for x in pair] + clean[4:]
    results = run(engine, mixed)
    for request in poisoned:
        assert results[request.id].stop_reason == "error"
        assert "not numbers" in results[request.id].error
    # A clean row may itself write the poisoned token; then it fails too, and says so.
    sound = {x.id for x in clean if "~" not in expected[x.id]}
    assert len(sound) > 6
    assert {id: results[id].text for id in sound} == {id: expected[id] for id in sound}


def test_values_that_turn_bad_midway_keep_the_text_so_far(load: Load) -> None:
    engine = load(decode_steps=1)
    expected = texts(engine, greedy(3))
    for request in greedy(3):
        engine.submit(request)
    engine.step()
    engine.step()
    assert engine._logits
    engine._logits = [each.clone() for each in engine._logits]
    engine._logits[1].fill_(float("inf"))
    victim = engine._rows[1].request.id
    before = engine.partial(victim)
    results = run(engine, [])
    assert results[victim].stop_reason == "error"
    assert results[victim].text.startswith(before)
    others = set(expected) - {victim}
    assert {id: results[id].text for id in others} == {id: expected[id] for id in others}


def test_an_exception_in_the_model_is_fatal(load: Load) -> None:
    engine = load()
    loaded = engine.loaded
    assert loaded is not None

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("device lost")

    engine.submit(ask("a", "hello"))
    engine.step()
    loaded.model.get_input_embeddings().register_forward_pre_hook(fail)
    with pytest.raises(EngineFatal, match="device lost"):
        engine.step()
    assert engine.active == 0
    for use in (engine.step, lambda: engine.submit(ask("b", "hello"))):
        with pytest.raises(EngineFatal, match="device lost"):
            use()
    engine.close()


def test_cancelled_rows_vanish_and_the_others_go_on(load: Load) -> None:
    engine = load(capacity=4, decode_steps=1, prefill_tokens=16)
    requests = sampled(10)
    expected = texts(engine, requests)
    for request in requests:
        engine.submit(request)
    results: dict[str, Result] = {}
    while engine.active > 6:
        results |= {x.id: x for x in engine.step()}
    running, waiting = engine._rows[0].request.id, engine._waiting[0].request.id
    engine.cancel([running, waiting, running, "unknown"])
    results |= run(engine, [])
    assert results.keys() == set(expected) - {running, waiting}
    assert {id: result.text for id, result in results.items()} == {
        id: text for id, text in expected.items() if id in results
    }
    assert engine.partial(running) == ""


def test_cancelling_all_leaves_an_idle_engine(load: Load) -> None:
    engine = load(prefill_tokens=4)
    for request in greedy(5):
        engine.submit(request)
    engine.step()
    engine.cancel([str(i) for i in range(5)])
    assert engine.active == 0
    assert engine.step() == []
    assert run(engine, greedy(2)).keys() == {"0", "1"}


def test_partial_text_grows_and_progress_only_rises(load: Load) -> None:
    engine = load(decode_steps=1)
    assert engine.step() == []
    engine.submit(ask("a", "hello", max_new_tokens=30))
    progress, seen = 0, ""
    results: list[Result] = []
    while not results:
        results = engine.step()
        assert engine.progress > progress
        progress = engine.progress
        if not results:
            assert engine.partial("a").startswith(seen)
            seen = engine.partial("a")
    assert results[0].text.startswith(seen)
    assert seen
    assert engine.partial("a") == ""


def test_cache_budget_bounds_the_rows_that_run(load: Load) -> None:
    probe = load()
    probe.submit(ask("a", "x"))
    probe.step()
    assert probe._cache is not None
    a_token = probe._cache.bytes_per_token
    run(probe, [])
    assert probe._cache is None, "what nobody needs is given back"
    reserve = 1 + run(probe, [ask("a", "x" * 20)])["a"].tokens_in + 12
    engine = load(cache_bytes=4 * reserve * a_token, capacity=32)
    requests = [ask(str(i), "x" * 20, seed=i) for i in range(9)]
    for request in requests:
        engine.submit(request)
    most, results = 0, 0
    while engine.active:
        results += len(engine.step())
        most = max(most, len(engine._rows))
    assert (most, results) == (4, 9)


def test_rows_that_outgrow_their_room_wait_again_and_write_the_same(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [
        replace(each, sampling=replace(each.sampling, max_new_tokens=90)) for each in sampled(8)
    ]
    plenty = load(capacity=8)
    expected = texts(plenty, requests)
    probe = load()
    probe.submit(requests[0])
    probe.step()
    assert probe._cache is not None
    engine = load(cache_bytes=4 * 120 * probe._cache.bytes_per_token, capacity=8)
    monkeypatch.setattr(GroupedCache, "ahead", 8)
    put_back: list[int] = []
    prompts: set[tuple[int, ...]] = set()
    back = engine._put_back

    def counted() -> None:
        prompts.update(tuple(each.prompt) for each in engine._samples.values())
        before = len(engine._rows)
        back()
        put_back.append(before - len(engine._rows))

    monkeypatch.setattr(engine, "_put_back", counted)
    assert texts(engine, requests) == expected
    assert put_back
    assert set(put_back) == {1}
    assert engine._kept.keys() <= prompts, "what only one goes on from is not kept"


def test_of_prompts_asked_in_turn_few_are_read_anew(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To let go what was used longest ago would let go what is asked for next: 18 readings."""
    engine = load(capacity=1)
    prompts = [ask(text, text, max_new_tokens=1) for text in ("one", "two", "six")]
    length = sum(result.tokens_in for result in run(engine, prompts).values()) // len(prompts)
    engine = load(capacity=1)
    monkeypatch.setattr(
        sys.modules["evaluations.inference.backends.transformers"],
        "_KEPT_PREFILL_TOKENS",
        2 * length,
    )
    run(engine, [replace(each, id=f"{each.id} {turn}") for turn in range(6) for each in prompts])
    read = engine.progress - 18
    assert read <= 10 * length, "three first, then every other one"


def test_a_result_says_what_is_needed_to_repeat_it(load: Load) -> None:
    engine = load()
    results = run(engine, [ask("a", "hello"), ask("b", "hello"), ask("c", "other")])
    environment = results["a"].environment
    assert environment["device"] == "cpu"
    assert environment["dtype"] == "float32"
    assert environment["attention"] == "sdpa-by-groups"
    assert environment["seed_scheme"] == "gumbel-1"
    assert environment["torch"] == str(torch.__version__)
    assert environment["weights"][0]["file"] == "model.safetensors"
    for key in ("weights_sha256", "chat_template_sha256", "prompt_tokens_sha256"):
        assert len(environment[key]) == 64
    assert environment == results["b"].environment
    assert environment["prompt_tokens_sha256"] != results["c"].environment["prompt_tokens_sha256"]
    assert results["a"].seconds > 0


def test_a_closed_engine_says_so(load: Load) -> None:
    engine = load()
    engine.submit(ask("a", "hello"))
    engine.close()
    engine.close()
    assert engine.active == 0
    with pytest.raises(EngineFatal, match="closed"):
        engine.step()


def test_an_engine_is_loaded_by_dotted_path(tiny_llama: Path) -> None:
    spec = ModelSpec(name="tiny", path=str(tiny_llama))
    path = "evaluations.inference.backends.transformers.TransformersEngine"
    engine = load_engine(path, spec, device="cpu", capacity=2)
    assert engine.capacity == 2
    with pytest.raises(ImportError):
        load_engine("TransformersEngine", spec)
