"""What an operator sets in the environment reaches the engine of the models that it is for."""

from typing import Any

import pytest

from evaluations.inference.backends import OPENAI_COMPATIBLE, TRANSFORMERS
from evaluations.runs import engines
from evaluations.runs.models import Endpoint, LanguageModel

SET = {
    "INFERENCE_CAPACITY": ("capacity", 7),
    "INFERENCE_DEVICE": ("device", "cpu"),
    "INFERENCE_DTYPE": ("dtype", "bfloat16"),
    "INFERENCE_THREADS": ("threads", 1),
    "INFERENCE_STATIC_SHAPES": ("static_shapes", True),
}
OF_TORCH = "threads", "static_shapes"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    options: dict[str, Any] = {}
    monkeypatch.setattr(engines, "load_engine", lambda path, spec, **given: options.update(given))
    return options


def test_nothing_is_said_that_is_not_set(told: dict[str, Any]) -> None:
    engines.load(LanguageModel(name="A", path="/a", backend=TRANSFORMERS))
    assert told == {}


def test_all_that_is_set_reaches_a_model_held_here(told: dict[str, Any], settings: Any) -> None:
    for name, (_, value) in SET.items():
        setattr(settings, name, value)
    engines.load(LanguageModel(name="A", path="/a", backend=TRANSFORMERS))
    assert told == dict(SET.values())


def test_a_model_at_an_endpoint_hears_nothing_of_torch(told: dict[str, Any], settings: Any) -> None:
    for name, (_, value) in SET.items():
        setattr(settings, name, value)
    endpoint = Endpoint(slug="lab", name="Lab", address="https://lab.example/v1")
    engines.load(LanguageModel(name="A", path="a", backend=OPENAI_COMPATIBLE, endpoint=endpoint))
    assert "endpoint" in told
    assert not set(OF_TORCH) & set(told)
