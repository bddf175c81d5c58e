"""Frozen boards of a definition that is not published: nobody else hears of it."""

import pytest
from django.test import Client

from evaluations.definitions.tests.cast import provenance, wording
from evaluations.definitions.workshop_actions import found_definition
from evaluations.judgments.tests.cast import make_criterion, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ending", ["/", ".csv", ".json"])
def test_a_draft_has_no_list_of_frozen_boards_for_strangers(client: Client, ending: str) -> None:
    make_criterion("one")
    found_definition(
        owner=make_user("owner"),
        provenance=provenance(name="Hush"),
        wording=wording(rule={"all": ["one"]}),
        slug="hidden",
    )
    for user in (None, make_user("stranger")):
        if user:
            client.force_login(user)
            response = client.post("/leaderboards/hidden/freeze/", {"version": "1"})
            assert response.status_code == 404
        response = client.get(f"/leaderboards/hidden/snapshots{ending}")
        assert response.status_code == 404
        assert "Hush" not in response.content.decode()
