"""Probes of fake servers: what follows from what they refuse, ignore or never say."""

from evaluations.inference.backends.openai_probe import Found, probe
from evaluations.inference.backends.openai_requests import Bounds, Capabilities, Endpoint
from evaluations.inference.tests.fake_endpoint import Answer, fake_endpoint, refused, streamed

SHORT = Bounds(connect=1, first=2, total=3)


def whole(text: str, tokens: int = 5, **message: object) -> Answer:
    choice = {"index": 0, "finish_reason": "stop", "message": {"content": text, **message}}
    usage = {"prompt_tokens": 7, "completion_tokens": tokens}
    return Answer(body={"model": "m", "choices": [choice], "usage": usage})


def probed(*answers: Answer) -> tuple[list[int], Found]:
    with fake_endpoint(*answers) as server:
        at = Endpoint(name="fake", address=server.address, key="sesame", private=True)
        calls, found = probe(at, "m", SHORT)
        assert len(server.seen) == 6
        assert [call.path for call in calls] == [one["path"][3:] for one in server.seen]
    return [call.status for call in calls], found


def test_a_server_that_knows_only_the_older_limit_refuses_seeds_and_varies() -> None:
    statuses, found = probed(
        Answer(body={"data": [{"id": "m"}, {"id": 3}, "x"]}),
        refused(400),
        streamed("Cat, dog", " and hen."),
        refused(400),
        refused(400),
        refused(404),
    )
    assert statuses == [200, 400, 200, 400, 400, 404]
    assert found == {
        "models": ["m"],
        "responses": False,
        "token_field": "max_tokens",
        "model_reported": "fake-model",
        "stream_options": True,
        "usage_in_stream": True,
        "seed": "refused",
    }
    assert Capabilities.of(found) == Capabilities(token_field="max_tokens", seed=False)


def test_a_limit_that_is_ignored_is_not_heeded_and_thoughts_are_seen() -> None:
    _, found = probed(
        refused(500),
        whole("Cat", tokens=900),
        refused(422),
        whole("Cat"),
        whole("Dog"),
        refused(404),
    )
    assert (found["token_field"], found["stream_options"]) == ("max_tokens", False)
    assert (found["seed"], found["models"]) == ("varies", [])
    _, found = probed(refused(500), whole("Cat", reasoning="Hm."), *[refused(500)] * 4)
    assert found["thought"] == "reasoning: full"


def test_a_server_that_takes_no_temperature_says_so_by_name() -> None:
    choosy = Answer(body={"error": {"param": "temperature"}}, status=400)
    _, found = probed(refused(404), whole("Cat"), choosy, whole("Cat"), whole("Cat"), refused(404))
    assert (found["temperature"], "stream_options" in found) == (False, False)
    assert found["token_field"] == "max_completion_tokens"
    assert Capabilities.of(found) == Capabilities(temperature=False)


def test_a_server_that_answers_nothing_changes_no_record() -> None:
    statuses, found = probed(Answer(body="no", status=503, headers={"x-request-id": "7"}))
    assert statuses == [503] * 6
    assert found == {"models": [], "responses": False}
    at = Endpoint(name="fake", address="http://127.0.0.1:1/v1")
    calls, _ = probe(at, "m", SHORT)
    assert {(call.status, "private network" in call.said) for call in calls} == {(0, True)}
