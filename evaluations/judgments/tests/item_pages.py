"""A protocol with five pages an item, and a browser that goes through them."""

from typing import Any

import pytest
from django.test import Client

from evaluations.judgments.models import ProtocolVersion
from evaluations.judgments.tests.cast import make_block, make_criterion, make_definition, make_user
from evaluations.judgments.tests.form import hidden_fields
from evaluations.judgments.tests.protocol_cast import make_protocol

HTMX = {"HX-Request": "true"}
SMALL = "?protocol=small"


@pytest.fixture
def version() -> ProtocolVersion:
    """Two blocks, then the holistic question, then two definitions."""
    make_criterion("one")
    make_criterion("two", process=True)
    taylor = make_definition("taylor", "one", name="Taylor as quoted", author="Ross Taylor")
    peirce = make_definition("peirce", "two", name="Peirce on inquiry", author="C. S. Peirce")
    return make_protocol(
        blocks=(
            make_block("one", slug="first", is_default=False, title="First block"),
            make_block("two", slug="second", is_default=False, title="Second block"),
        ),
        definitions=(taylor, peirce),
        asks_holistic=True,
        asks_confidence=True,
        asks_agreement=True,
    )


@pytest.fixture
def signed_in(client: Client) -> Client:
    client.force_login(make_user())
    return client


def opened(client: Client, url: str) -> Any:
    response = client.get(url, follow=True)
    assert response.status_code == 200
    return response


def body(response: Any) -> str:
    return str(response.content.decode())


def answer(client: Client, url: str, **answers: str) -> Any:
    """Open a judging page and save it with these answers, `answer_one` for `answer-one`."""
    fields = hidden_fields(opened(client, url))
    given = {name.replace("answer_", "answer-"): value for name, value in answers.items()}
    return client.post(url, fields | given, headers=HTMX)


def whole_item(client: Client, url: str) -> list[str]:
    """Save all five pages of an item; the bodies that came back."""
    bodies = []
    for answers in (
        {"answer_one": "yes"},
        {"answer_two": "no"},
        {"answer_holistic": "partly", "confidence": "80", "expected_agreement": "60"},
        {"answer_direct": "yes"},
        {"answer_direct": "no"},
    ):
        response = answer(client, url, **answers)
        assert response.status_code == 200, body(response)
        bodies.append(body(response))
    return bodies
