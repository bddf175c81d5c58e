"""What a server can tell one request by."""

from dataclasses import replace

from evaluations.inference.tests.endpoint_asking import drained, engine_of, request
from evaluations.inference.tests.fake_endpoint import fake_endpoint, streamed


def test_stages_of_an_output_have_keys_of_their_own() -> None:
    with fake_endpoint(streamed("Answer: 7")) as server, engine_of(server) as engine:
        for seed in (1, 2):
            engine.submit(replace(request(), seed=seed))
            drained(engine, 1)
        assert len({one["headers"]["Idempotency-Key"] for one in server.seen}) == 2
