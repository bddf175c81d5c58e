"""Probes of fake servers: what follows from what they refuse, ignore or never say."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.inference.backends.openai_probe import Probed, probe
from evaluations.inference.backends.openai_requests import Bounds, Endpoint
from evaluations.inference.backends.openai_ways import SHOWN_BY
from evaluations.inference.tests.fake_endpoint import Answer, fake_endpoint, refused, streamed

SHORT = Bounds(connect=10, first=5, total=8)


def whole(text: str, tokens: int = 5, **message: object) -> Answer:
    choice = {"index": 0, "finish_reason": "stop", "message": {"content": text, **message}}
    usage = {"prompt_tokens": 7, "completion_tokens": tokens}
    return Answer(body={"model": "m", "choices": [choice], "usage": usage})


def probed(*answers: Answer) -> Probed:
    with fake_endpoint(*answers) as server:
        at = Endpoint(name="fake", address=server.address, key="sesame", private=True)
        made = probe(at, "m", SHORT)
        assert [call.path for call in made.calls] == [one["path"][3:] for one in server.seen]
    return made


def test_a_server_that_knows_only_the_older_limit_refuses_seeds_and_varies() -> None:
    calls, found, why = probed(
        Answer(body={"data": [{"id": "m"}, {"id": 3}, "x"]}),
        refused(400),
        streamed("Cat, dog", " and hen."),
        refused(400),
        refused(400),
        refused(404),
    )
    assert [call.status for call in calls[:6]] == [200, 400, 200, 400, 400, 404]
    assert why == ""
    assert found == {
        "models": ["m"],
        "responses": False,
        "token_field": "max_tokens",
        "model_reported": "fake-model",
        "stream_options": True,
        "usage_in_stream": True,
        "seed": "refused",
        "shown_by": SHOWN_BY,
        "prefill": "",
        "stop": False,
        "top_k": False,
        "min_p": False,
        "logprobs": False,
        "efforts": [],
        "template": False,
    }
    assert Capabilities.of(found) == Capabilities(token_field="max_tokens", seed=False)
    assert [call.what for call in calls[6:]] == [
        "A reply that goes on from given words",
        "A reply that goes on from given words, by fields",
        "A reply that ends before a word",
        "A very hot reply with top-k and min-p off",
        "A reply with how likely each token was",
        "A reply with a wrong effort",
        *["A reply with wrong arguments of the chat template"] * 2,
    ]
    assert "seed" not in calls[9].sent, "it refuses them"


@pytest.mark.parametrize(
    ("content", "told"),
    [([{"token": "Cat", "logprob": -0.5}], True), ([{"token": "Cat", "logprob": None}], False),
     ([], False), ("Cat", False), ([{"token": "Cat", "logprob": -(10**400)}], False)],
)  # fmt: skip
def test_probabilities_are_told_where_numbers_come(content: object, told: bool) -> None:
    stream = streamed("Cat")
    assert stream.events
    stream.events[1]["choices"][0]["logprobs"] = {"content": content}
    good = [refused(404), whole("Cat"), stream, whole("Cat"), whole("Cat"), refused(404), stream]
    _, found, _ = probed(*good)
    assert found["logprobs"] is told
    assert Capabilities.of(found).abilities().can_logprobs is told


def test_a_stream_that_begins_with_a_comment_is_read() -> None:
    with_comment = streamed("Cat, dog", " and hen.")
    body = b": the server thinks\n\n" + b"".join(
        f"data: {json.dumps(event)}\n\n".encode() for event in with_comment.events or []
    )
    stream = Answer(body=body, headers={"Content-Type": "text/event-stream"})
    _, found, _ = probed(refused(404), whole("Cat"), stream, whole("Cat"), whole("Cat"), stream)
    assert (found["usage_in_stream"], found["model_reported"]) == (True, "fake-model")
    assert found["prefill"] == "", "it was asked, and began anew"


@pytest.mark.parametrize("status", [401, 408, 429, 502, 503, 504])
def test_what_a_busy_server_does_not_show_is_left_open(status: int) -> None:
    stream = streamed("Cat, dog", " and hen.")
    good = [refused(404), whole("Cat"), stream, whole("Cat"), whole("Cat"), refused(404), stream]
    calls, found, why = probed(*good, refused(status))
    assert (len(calls), f"HTTP {status}" in why) == (8, True)
    assert found["token_field"] == "max_completion_tokens"
    assert not {"shown_by", "prefill", "stop", "top_k", "min_p"} & found.keys()


def test_a_limit_that_is_ignored_is_not_heeded_and_thoughts_are_seen() -> None:
    _, found, _ = probed(
        refused(500),
        whole("Cat", tokens=900),
        refused(422),
        whole("Cat"),
        whole("Dog"),
        refused(404),
    )
    assert (found["token_field"], found["stream_options"]) == ("max_tokens", False)
    assert (found["seed"], found["models"]) == ("varies", [])
    _, found, _ = probed(refused(500), whole("Cat", reasoning="Hm."), *[refused(400)] * 4)
    assert found["thought"] == "reasoning: full"


def test_a_server_that_takes_no_temperature_says_so_by_name() -> None:
    choosy = Answer(body={"error": {"param": "temperature"}}, status=400)
    _, found, _ = probed(
        refused(404), whole("Cat"), choosy, whole("Cat"), whole("Cat"), refused(404)
    )
    assert (found["temperature"], "stream_options" in found) == (False, False)
    assert found["token_field"] == "max_completion_tokens"
    assert Capabilities.of(found) == Capabilities(temperature=False)


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503])
@pytest.mark.parametrize("good", [0, 1, 2, 3])
def test_what_says_nothing_of_a_server_ends_the_probe_with_words(status: int, good: int) -> None:
    busy = Answer(body={"error": "seed"}, status=status)
    calls, found, why = probed(refused(404), *[whole("Cat")] * good, busy)
    assert [call.status for call in calls] == [404, *[200] * good, status]
    assert found == {"models": []}
    assert f"HTTP {status}" in why


def test_a_server_that_is_busy_at_last_leaves_open_whether_it_speaks_the_other_dialect() -> None:
    _, found, why = probed(refused(404), *[whole("Cat")] * 4, refused(429))
    assert (found["token_field"], found["seed"]) == ("max_completion_tokens", "repeats")
    assert "HTTP 429" in why
    assert "responses" not in found


def test_a_model_that_is_refused_in_every_way_ends_the_probe_too() -> None:
    calls, found, why = probed(refused(404), refused(400))
    assert [call.status for call in calls] == [404, 400, 400]
    assert (found, "HTTP 400" in why) == ({"models": []}, True)


@pytest.mark.parametrize("status", [404, 500, 501])
def test_what_says_that_it_is_unsupported_is_an_inability_by_any_status(status: int) -> None:
    no = Answer(body={"error": "The parameter seed is not supported."}, status=status)
    _, found, _ = probed(refused(404), whole("Cat"), whole("Cat"), no, no, no)
    assert (found["seed"], found["responses"]) == ("refused", False)
    key = Answer(body={"error": "unsupported kind of key"}, status=401)
    assert "refused the key" in probed(refused(404), whole("Cat"), key).why


def test_an_answer_that_is_cut_is_none() -> None:
    cut = Answer([{"choices": []}], cut=True)
    calls, _, why = probed(refused(404), cut)
    assert (len(calls), calls[1].status, "Error" in why) == (2, 0, True)


def test_a_server_that_cannot_be_called_is_called_no_more() -> None:
    at = Endpoint(name="fake", address="http://127.0.0.1:1/v1")
    calls, found, why = probe(at, "m", SHORT)
    assert {(call.status, "private network" in call.said) for call in calls} == {(0, True)}
    assert (len(calls), found, "private network" in why) == (2, {"models": []}, True)


@pytest.mark.parametrize("body", [{"data": 1}, {"data": True}, {"data": {"id": "m"}}, [1], 1, None])
def test_names_in_another_form_are_none(body: object) -> None:
    made = probed(Answer(body=body), whole("Cat"))
    assert (made.found["models"], made.found["seed"]) == ([], "repeats")


class OneAnswerEach(BaseHTTPRequestHandler):
    """Keeps a connection open after its answer, and hangs up at the next call on it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b'{"data": [{"id": "m"}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.rfile.readline()
        self.close_connection = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_connection_that_a_server_closes_meanwhile_is_not_used_again() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), OneAnswerEach) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/v1"
        made = probe(Endpoint(name="fake", address=address, key="", private=True), "m", SHORT)
        server.shutdown()
    assert {call.status for call in made.calls} == {200}, [call.said for call in made.calls]
