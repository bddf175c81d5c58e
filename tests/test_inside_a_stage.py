"""The import contract by names, tried on houses that break it."""

import grimp
import pytest

from tests.inside_a_stage import InsideAStage


def house(*imports: tuple[str, str]) -> grimp.ImportGraph:
    graph = grimp.ImportGraph()
    for module in ("house", "house.stage"):
        graph.add_module(module)
    for importer, imported in imports:
        graph.add_import(importer=f"house.stage.{importer}", imported=f"house.stage.{imported}")
    return graph


def kept(*imports: tuple[str, str]) -> bool:
    options = {"containers": ["house.stage"]}
    contract = InsideAStage(name="", session_options={}, contract_options=options)
    return contract.check(house(*imports), verbose=False).kept


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("urls", "views"),
        ("room.urls", "other.urls"),
        ("room.edit_views", "room.form_views"),
        ("room.edit_views", "room.gold_forms"),
        ("room.forms", "actions"),
        ("admin", "models.people"),
        ("tests.test_models", "room.views"),
        ("queue", "room.views"),
    ],
)
def test_downwards_is_allowed(importer: str, imported: str) -> None:
    assert kept((importer, imported))


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("room.edit_views", "room.urls"),
        ("room.gold_forms", "room.edit_views"),
        ("actions", "room.gold_forms"),
        ("room.forms", "tasks"),
        ("models.people", "room.actions"),
        ("querysets", "models"),
    ],
)
def test_upwards_and_sideways_is_refused(importer: str, imported: str) -> None:
    assert not kept((importer, imported))


def test_upwards_through_another_module_is_refused() -> None:
    assert not kept(("room.actions", "room.queue"), ("room.queue", "room.edit_views"))
