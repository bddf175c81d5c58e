"""Definitions that nobody marked: their own list and boards, and nothing on other pages."""

from typing import Any

import pytest
from django.test import Client

from evaluations.accounts.models import Role
from evaluations.definitions.models import Definition
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.leaderboards.boards import standings

pytestmark = pytest.mark.django_db


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return " ".join(response.content.decode().split())


@pytest.fixture
def judged() -> None:
    for key in ("one", "two"):
        make_criterion(key)
    make_definition("shipped", "one", name="Shipped")
    make_definition("other", {"not": "two"}, name="Contrary")
    for name, value in (("ant", "yes"), ("bee", "no")):
        output = make_output(run=make_run(make_model(name), make_recipe(name)))
        give(make_judge(), output, {"one": value, "two": value})


def make_others(*numbers: int) -> None:
    for number in numbers or range(30):
        rule = "two" if number % 2 else {"all": ["one", "two"]}
        make_definition(f"x{number}", rule, name=f"Unmarked {number}.", curated=False)


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The definition versions whose verdicts were worked out, in turn."""
    found: list[Any] = []
    work_out = standings.ruling_on

    def noting(reading: Any, *rest: Any) -> Any:
        found.append(reading.version)
        return work_out(reading, *rest)

    monkeypatch.setattr(standings, "ruling_on", noting)
    return found


PAGES = (
    "/", "/?all=1", "/leaderboards/", "/leaderboards/between/", "/disagreements/",
    "/definitions/", "/definitions/fidelity/", "/definitions/compare/", "/criteria/one/",
)  # fmt: skip


def test_no_page_grows_with_definitions_that_nobody_marked(
    client: Client, judged: None, worked_out: list[Any]
) -> None:
    make_others(99)
    before = {url: text(client, url).replace("1 other definition</a>", "") for url in PAGES}
    alone = sorted(set(worked_out))
    assert len(alone) == 2
    make_others()
    worked_out.clear()
    for url in PAGES:
        page = text(client, url)
        assert "Unmarked" not in page, url
        assert abs(len(page) - len(before[url])) < 150, url
    assert worked_out == [], "nothing was judged since"


def test_a_column_of_verdicts_is_worked_out_once(
    client: Client, judged: None, worked_out: list[Any]
) -> None:
    make_others()
    text(client, "/")
    assert len(worked_out) == 2
    text(client, "/leaderboards/others/")
    assert len(worked_out) == 2 + 25
    for url in ("/", "/leaderboards/", "/leaderboards/others/", "/leaderboards/x0/"):
        text(client, url)
    assert len(worked_out) == 2 + 25


def test_the_others_stand_on_pages_of_their_own(client: Client, judged: None) -> None:
    make_others()
    first, second = (text(client, f"/leaderboards/others/?page={page}") for page in (1, 2))
    assert (first.count("Unmarked"), second.count("Unmarked")) == (25, 5)
    assert "30 definitions that visitors wrote" in first
    assert "/leaderboards/others.csv?page=2" in second
    data = client.get("/leaderboards/others.json?page=2").json()
    assert (data["page"], data["pages"], len(data["rows"])) == (2, 2, 10)
    assert len(client.get("/leaderboards/others.csv?page=2").content.splitlines()) == 11
    for url in ("/leaderboards/", "/definitions/"):
        assert '<a href="/leaderboards/others/">30 other definitions</a>' in text(client, url)
    assert "Unmarked 3." in text(client, "/leaderboards/x3/"), "its own board is there at once"
    assert "Unmarked 3." in text(client, "/leaderboards/between/?a=shipped&b=x3")
    assert "Unmarked 3." in text(client, "/definitions/compare/?a=shipped&b=x3")
    rows = client.get("/definitions.json").json()["definitions"]
    assert sorted(row["slug"] for row in rows if row["curated"]) == ["other", "shipped"]
    assert len(rows) == 32


@pytest.mark.parametrize(
    ("who", "may"),
    [({"is_staff": True}, True), ({"role": Role.MODERATOR}, True), ({}, False), (None, False)],
)
def test_staff_and_moderators_mark_a_definition(
    client: Client, judged: None, who: dict[str, Any] | None, may: bool
) -> None:
    fork = make_definition("fork", "two", name="Unmarked fork", curated=False)
    user = who is not None and make_user("ada", **who)
    if user:
        client.force_login(user)
    assert ('id="curate"' in text(client, "/definitions/fork/")) == may
    client.post("/definitions/fork/curate/", {"curated": "1"})
    definition = Definition.objects.get(pk=fork.definition_id)
    assert (definition.curated_by == user) == may
    assert ("Unmarked fork" in text(client, "/leaderboards/")) == may
    if may:
        response = client.post("/definitions/fork/curate/", {"curated": ""}, follow=True)
        assert "It stands among the others now." in response.content.decode()
        assert "Unmarked fork" not in text(client, "/leaderboards/")


def test_a_marked_fork_stands_in_the_matrix_and_not_on_the_front_page(
    client: Client, judged: None
) -> None:
    shipped = Definition.objects.get(slug="shipped").versions.get()
    make_definition("mine", {"all": ["one", "two"]}, name="Mine", forked_from=shipped)
    assert "Mine (fork)" in text(client, "/leaderboards/")
    assert "Mine (fork)" not in text(client, "/?all=1")
