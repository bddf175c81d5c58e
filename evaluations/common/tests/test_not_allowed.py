"""What a browser is shown that opens the address of a form's button."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
ADDRESS = "/leaderboards/taylor/freeze/"


def test_an_address_for_forms_alone_has_a_page(client: Client) -> None:
    response = client.get(ADDRESS, headers={"accept": "text/html"})
    page = response.content.decode()
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "Nothing to read here" in page
    assert '<a class="button" href="/leaderboards/taylor/">' in page
    plain = client.get(ADDRESS, headers={"accept": "application/json"})
    assert (plain.status_code, plain.content) == (405, b"")
