"""Whatever is offered as CSV is offered as JSON, and the other way round."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

FORMS = {".csv": ".json", ".json": ".csv"}


def addresses(found: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str]]:
    """The route and the name of every address; "" for one without a name."""
    for each in found:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, route)
        else:
            yield route, each.name or ""


def of_files() -> dict[str, str]:
    """The site's addresses without those of programs, which are files of no table."""
    known = addresses(get_resolver().url_patterns)
    return {route: name for route, name in known if not route.startswith("api/v1/")}


def siblings(known: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The address of each file, and that of its sibling."""
    for route in known:
        for form, other in FORMS.items():
            if route.endswith(form):
                yield route, route.removesuffix(form) + other


def without_sibling(known: dict[str, str]) -> list[str]:
    return [route for route, sibling in siblings(known) if sibling not in known]


def misnamed(known: dict[str, str]) -> list[str]:
    """Files that are called otherwise than their sibling."""
    return [
        route
        for route, sibling in siblings(known)
        if known[route].rpartition("-")[0] != known.get(sibling, "").rpartition("-")[0]
    ]


def test_every_file_has_its_sibling() -> None:
    known = of_files()
    assert len(list(siblings(known))) > 60
    assert without_sibling(known) == []
    assert misnamed(known) == []


@pytest.mark.parametrize("alone", ["a.csv", "a.json"])
def test_a_file_without_sibling_is_found(alone: str) -> None:
    known = {"b.csv": "b-csv", "b.json": "b-json", "c/": "c", alone: "a"}
    assert without_sibling(known) == [alone]


def test_siblings_with_different_names_are_found() -> None:
    known = {"b.csv": "b-csv", "b.json": "c-json", "d.csv": "", "d.json": ""}
    assert misnamed(known) == ["b.csv", "b.json"]
