"""What other sites show beside a link: the page's own words and numbers, and no more."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from evaluations.common import pictures
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import (
    give,
    make_judge,
    make_model,
    make_output,
    make_run,
    make_user,
)
from evaluations.leaderboards.definition_pages.cases import cases_under
from evaluations.leaderboards.definition_pages.tests.test_cases import two
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db
__all__ = ["two"]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The SVG of the last picture that was drawn."""
    kept: dict[str, Any] = {}

    def keep(svg: str, *, width: int) -> bytes:
        kept["svg"], kept["width"] = svg, width
        return b"png"

    monkeypatch.setattr(pictures, "png_of", keep)
    pictures.caches[pictures.KEPT_IN].clear()
    return kept


def og_of(client: Client, path: str) -> dict[str, str]:
    page = client.get(path).content.decode()
    return dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page))


def picture_of(client: Client, path: str) -> str:
    """The address of the picture of a page, which answers."""
    address = og_of(client, path)["image"]
    assert address.startswith("http://testserver/")
    response = client.get(address.removeprefix("http://testserver"))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    return address


def test_a_definition_shows_its_words_and_its_cases(
    two: list[DefinitionVersion], client: Client, drawn: dict[str, Any]
) -> None:
    version = two[0]
    picture_of(client, version.definition.get_absolute_url())
    assert version.definition.name in drawn["svg"]
    assert version.statement.split()[0] in drawn["svg"]
    found = cases_under(version.rule, version.absence_policy, list(version.wordings.values()))
    for verdict, count in found.counts.items():
        assert (f" {count} {verdict.replace('-', ' ')}" in drawn["svg"]) == bool(count)
    assert drawn["width"] == 1200
    assert client.get("/definitions/nobody/card.png").status_code == 404


def test_a_case_and_the_front_page_show_how_definitions_part(
    two: list[DefinitionVersion], client: Client, drawn: dict[str, Any]
) -> None:
    picture_of(client, "/cases/k07/")
    assert "2 definitions" in drawn["svg"]
    picture_of(client, "/cases/")
    picture_of(client, "/")
    assert "By what definition?" in drawn["svg"]
    assert "One text, 2 definitions:" in drawn["svg"]
    assert client.get("/cases/nobody/card.png").status_code == 404


def test_an_output_shows_what_a_judge_may_see(
    two: list[DefinitionVersion], client: Client, drawn: dict[str, Any]
) -> None:
    run = make_run(make_model("ape", name="Ape-9B"))
    trace = "I am Ape-9B. It is so."
    output = make_output(run=run, trace=trace, answer="Yes.", names_model=True)
    give(make_judge(), output, {"states-conclusion": "yes"})
    path = f"/outputs/{output.pk}/"
    found = og_of(client, path)
    picture_of(client, path)
    for text in (drawn["svg"], *found.values()):
        assert "Ape" not in text
        assert "States it" not in text
        assert "reasoning</" not in text, "no verdict"
    assert output.prompt.title in drawn["svg"]
    assert "It is so." in drawn["svg"]


def test_what_is_not_public_has_no_picture(client: Client, drawn: dict[str, Any]) -> None:
    output = make_output()
    path = f"/outputs/{output.pk}/"
    assert og_of(client, path)
    Run.objects.filter(pk=output.run_id).update(visibility="unlisted")
    assert not og_of(client, path)
    assert client.get(f"{path}card.png").status_code == 404
    assert not drawn


def test_a_case_in_a_frame_does_nothing(
    two: list[DefinitionVersion], client: Client, settings: Settings
) -> None:
    response = client.get("/cases/k07/embed/")
    policy = response["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src 'none'" in policy
    assert "X-Frame-Options" not in response
    assert not response.cookies
    page = response.content.decode()
    assert "<script" not in page
    links = re.findall(r"<a [^>]+>", page)
    assert links
    assert all('target="_blank" rel="noopener"' in link for link in links)
    assert "States it" in page
    assert "/cases/k07/embed/" in client.get("/cases/k07/").content.decode()
    assert "frame-ancestors 'none'" in client.get("/cases/k07/")["Content-Security-Policy"]
    assert client.get("/cases/nobody/embed/").status_code == 404
    settings.ACCESS = "members"
    client.force_login(make_user("ada"))
    assert "embed" not in client.get("/cases/k07/").content.decode(), "it would show the sign-in"
