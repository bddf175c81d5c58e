"""Who may open and send what: one table, which every named address of the site stands in."""

from pathlib import Path

import pytest
from django.test import Client

from tests.permission_world import World, letters, named_addresses

TABLE = Path(__file__).with_name("permissions.txt")


def rows() -> dict[str, tuple[str, str]]:
    """Name of an address to who gets through with GET, and with POST."""
    lines = [line.split() for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    return {name: (get, post) for name, get, post in lines}


def test_every_address_stands_in_the_table() -> None:
    assert sorted(rows()) == sorted(named_addresses())


@pytest.mark.django_db
@pytest.mark.parametrize(("place", "method"), [(0, "get"), (1, "post")])
def test_everybody_gets_where_the_table_says_and_nowhere_else(place: int, method: str) -> None:
    world = World()
    found = {}
    for name in rows():
        assert world.address_of(name) is not None, name
        found[name] = letters(world, method, name)
    assert found == {name: row[place] for name, row in rows().items()}


@pytest.mark.django_db
def test_what_is_not_there_is_not_there_for_anybody(client: Client) -> None:
    for path in ("/outputs/999999/", "/runs/999999/", "/protocols/nobody/", "/definitions/nobody/"):
        assert client.get(path).status_code == 404, path
