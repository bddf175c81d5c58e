"""Which addresses an engine for endpoints calls: by where they lead, not by their names."""

import pytest

from evaluations.inference.engine import ModelPaused
from evaluations.inference.tests.endpoint_asking import drained, engine_of, request
from evaluations.inference.tests.fake_endpoint import fake_endpoint, streamed


def test_an_address_within_a_private_network_is_called_only_where_that_is_allowed() -> None:
    with fake_endpoint(streamed("Yes.")) as server, engine_of(server, private=False) as engine:
        engine.submit(request())
        with pytest.raises(ModelPaused, match="INFERENCE_PRIVATE_ENDPOINTS"):
            drained(engine, 1)
        assert engine.cancel(["1"]) == [], "nothing was called"
        assert server.seen == []


def test_a_name_is_judged_by_the_address_it_leads_to() -> None:
    with fake_endpoint(streamed("Yes.")) as server:
        address = server.address.replace("127.0.0.1", "localhost")
        with engine_of(server, private=False, address=address) as engine:
            engine.submit(request())
            with pytest.raises(ModelPaused):
                drained(engine, 1)
        assert server.seen == []
        with engine_of(server, address=address) as engine:
            engine.submit(request())
            assert drained(engine, 1)[0].text == "Yes."
        assert server.seen[0]["headers"]["Host"].startswith("localhost:")
