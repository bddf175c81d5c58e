"""From an endpoint's row to what an engine is given."""

import pytest

from evaluations.inference.engine import ModelPaused
from evaluations.runs.engines import asked_at
from evaluations.runs.models import Endpoint

VARIABLE = "ENDPOINT_KEY_LAB"


def lab() -> Endpoint:
    return Endpoint(slug="lab", name="The lab", address="https://x.org/v1", key_variable=VARIABLE)


@pytest.mark.parametrize("key", ["sk-open”sesame", "sk-open\nsesame", "sk-open\x7fsesame"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(VARIABLE, key)
    with pytest.raises(ModelPaused, match="characters that no key has") as raised:
        asked_at(lab(), "m")
    assert "sesame" not in str(raised.value)


def test_blanks_around_a_key_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " sk-open sesame\n")
    assert asked_at(lab(), "m").key == "sk-open sesame"
