"""What the lists of disagreements say where one of them is empty."""

import pytest
from django.test import Client

from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
)

pytestmark = pytest.mark.django_db


def test_an_empty_list_does_not_deny_what_the_others_hold(client: Client) -> None:
    make_criterion("one")
    make_definition("yes", "one")
    make_definition("no", {"not": "one"})
    give(make_judge(), make_output(), {"one": "yes"})
    sentence = "None of those that split definitions is in this list"
    assert sentence in client.get("/disagreements/").content.decode()
    unchecked = client.get("/disagreements/?list=unchecked").content.decode()
    assert sentence not in unchecked
    assert "All that split (1)" in unchecked
