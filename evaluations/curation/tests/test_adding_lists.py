"""Adding what a list finds to a collection, by the address of the list."""

from urllib.parse import quote

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.curation.tests.cast import make
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def client(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def test_a_list_is_added_as_its_address_finds_it(client: Client, ada: User) -> None:
    collection = make(ada)
    wanted = make_output(prompt=make_prompt(title="Lamps"), text="a lamp")
    make_output(text="a candle")
    listed = "/outputs/?words=lamp"
    page = client.get(listed).content.decode()
    assert "/collections/add/?from=%2Foutputs%2F%3Fwords%3Dlamp" in page
    address = "/collections/add/?from=%2Foutputs%2F%3Fwords%3Dlamp"
    assert "Add 1 output to a collection" in client.get(address).content.decode()
    sent = client.post(address, {"into": collection.slug, "note": "All of them."})
    assert sent["Location"] == f"{listed}#messages"
    item = collection.placements.get()
    assert (item.output, item.note, item.came_from) == (wanted, "All of them.", listed)


def test_every_list_page_offers_what_its_address_finds(client: Client, ada: User) -> None:
    make_criterion("one")
    make_criterion("two")
    make_definition("first", "one")
    make_definition("second", "two")
    split, alike = make_output(), make_output()
    judge = make_judge()
    give(judge, split, {"one": "yes", "two": "no"})
    give(judge, alike, {"one": "yes", "two": "yes"})
    for address, keys in {
        "/outputs/": [alike.pk, split.pk],
        "/leaderboards/first/outputs/?verdict=reasoning": [split.pk, alike.pk],
        "/disagreements/?list=split": [split.pk],
        "/definitions/compare/?a=first&b=second": [split.pk],
    }.items():
        page = client.get(address).content.decode()
        form = f"/collections/add/?from={quote(address, safe='')}"
        assert form in page, address
        collection = make(ada, title=f"From {address}"[:80])
        client.post(form, {"into": collection.slug})
        assert list(collection.placements.values_list("output", flat=True)) == keys, address


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/x/", "/outputs/?trace=x", "/judge/me/", "//a/", "x", "/x\0",
        "http://[", "/outputs/?x=\0",
    ],
)  # fmt: skip
def test_no_other_address_is_a_list(client: Client, address: str) -> None:
    assert client.get("/collections/add/", {"from": address}).status_code == 404
