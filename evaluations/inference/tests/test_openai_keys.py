"""A key goes to its server alone: whatever is stored of a call does not hold it."""

import json
from dataclasses import asdict

import pytest

from evaluations.inference.backends.openai_probe import probe
from evaluations.inference.backends.openai_requests import Endpoint
from evaluations.inference.tests.endpoint_asking import asked
from evaluations.inference.tests.fake_endpoint import Answer, delta, end, fake_endpoint, usage
from evaluations.inference.tests.test_openai_probe import SHORT, whole

KEY = "sk-open/sesame"


@pytest.mark.parametrize("key", ["sk-open”sesame", KEY])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(body={"error": {"message": f"Incorrect key: {KEY}"}}, status=400),
        Answer(body=b"x" * 990 + KEY.encode(), status=400),
        Answer(body=json.dumps({"error": KEY}).replace("/", "\\/").encode(), status=400),
        Answer(body={"error": {"message": "x" * 960 + KEY}}),
        Answer([delta(content="Your key is sk-open"), delta(content="/sesame."), end(KEY),
                {**usage(), "model": KEY, "system_fingerprint": KEY}]),
        Answer([delta(reasoning="A key, sk-open"), delta(reasoning="/sesame."), end()]),
        Answer([delta(content=KEY)], cut=True),
    ],
)  # fmt: skip
def test_a_key_stands_in_nothing_that_is_kept_of_a_request(answer: Answer, key: str) -> None:
    kept = repr(asdict(asked(answer, key=key)))
    assert "sk-open" not in kept
    assert "sesame" not in kept


def test_a_word_that_is_sent_as_a_key_is_no_secret_in_a_reply() -> None:
    result = asked(Answer([delta(content="There is none."), end()]), key="none")
    assert result.text == "There is none."
    refused = asked(Answer(body={"error": "none is no key"}, status=400), key="none")
    assert "none" not in refused.tries[0].said


@pytest.mark.parametrize("key", ["sk-open”sesame", "sk-open\nsesame", KEY])
def test_a_key_stands_in_nothing_that_is_kept_of_a_probe(key: str) -> None:
    answer = whole(f"Your key is {KEY}")
    answer.body["model"] = KEY
    answer.body["data"] = [{"id": KEY}]
    answer.headers = {"x-request-id": KEY}
    with fake_endpoint(answer) as server:
        at = Endpoint(name="fake", address=server.address, key=key, private=True)
        calls, found, _ = probe(at, "m", SHORT)
    kept = repr(([call.record() for call in calls], found))
    assert "sk-open" not in kept
    assert "sesame" not in kept


def test_a_probe_can_be_made_with_a_key_that_is_a_word_of_the_protocol() -> None:
    with fake_endpoint(whole("Cat, dog.")) as server:
        at = Endpoint(name="fake", address=server.address, key="model", private=True)
        calls, found, _ = probe(at, "m", SHORT)
    assert found["model_reported"] == "m"
    assert '"model"' not in calls[1].said
