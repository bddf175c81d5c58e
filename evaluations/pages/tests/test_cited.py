"""What cites an output or a definition, on pages of their own and as parts of theirs."""

from collections.abc import Sequence

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.common import folding
from evaluations.curation.actions import show
from evaluations.curation.placement_actions import look_through
from evaluations.curation.tests.cast import add, make, make_shown
from evaluations.debates.models import Statement
from evaluations.debates.pool import Debate, Entry
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import (
    SAYS,
    counterexample,
    judged,
    make_statement,
    make_version,
)
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import reveal_answers
from evaluations.judgments.models import Judge, Reveal
from evaluations.judgments.tests.cast import give, make_output, make_user
from evaluations.pages.cited_views import A_PAGE
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def version() -> DefinitionVersion:
    return make_version()


@pytest.fixture
def output(version: DefinitionVersion) -> Output:
    return judged("yes")


@pytest.fixture
def said(version: DefinitionVersion, output: Output) -> Statement:
    return counterexample(version, output)


def text(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def reader(name: str = "reader") -> tuple[Client, User]:
    user, client = make_user(name), Client()
    client.force_login(user)
    return client, user


def test_nothing_is_said_of_an_output_before_it_was_judged(
    client: Client, output: Output, said: Statement
) -> None:
    make_shown(make_user("curator"), title="Lamps that burn")
    add(make_shown(make_user("other"), title="Odd lamps"), output=output)
    path = f"/outputs/{output.pk}/cited/"
    judging, user = reader()
    for each in (client, judging):
        for headers in ({}, PART):
            page = text(each, path, **headers)
            assert SAYS not in page
            assert "Odd lamps" not in page
    assert "To the output" in text(client, path)
    judge = Judge.objects.create(kind="person", user=user)
    give(judge, output, {"one": "yes"})
    assert not Reveal.objects.filter(judge=judge).exists()
    page = text(judging, path)
    assert SAYS in page
    assert "Odd lamps" in page
    assert "Lamps that burn" not in page, "it holds other outputs"
    assert Reveal.objects.filter(judge=judge, output=output).exists()


def test_private_and_retired_things_cite_nothing(output: Output, said: Statement) -> None:
    owner = make_user("curator")
    shown = make_shown(owner, title="Odd lamps")
    add(shown, output=output)
    judging, user = reader()
    give(Judge.objects.create(kind="person", user=user), output, {"one": "yes"})
    path = f"/outputs/{output.pk}/cited/"
    assert "Odd lamps" in text(judging, path)
    show(collection=shown, actor=owner, visibility="private")
    assert said.author is not None
    retire(statement=said, actor=said.author)
    page = text(judging, path)
    assert "Odd lamps" not in page
    assert SAYS not in page
    assert "No public collection holds it" in page
    assert "No statement of a debate rests on it" in page


def test_what_readers_folded_is_named_nowhere(
    output: Output, said: Statement, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = make_statement(said.version, text="Which of the lamps is it?", quotes=said)
    judging, user = reader()
    reveal_answers(judge=Judge.objects.create(kind="person", user=user), output=output)
    paths = (f"/outputs/{output.pk}/cited/", "/definitions/taylor/cited/")
    for path in paths:
        assert SAYS in text(judging, path)
    assert answer.text in text(judging, said.get_absolute_url())
    found = dict.fromkeys((said.pk, answer.pk), folding.FOLDED)
    monkeypatch.setattr(folding, "answers", [lambda *_: found])
    for path in paths:
        page = text(judging, path)
        assert SAYS not in page
        assert folding.FOLDED in page
    assert answer.text not in text(judging, said.get_absolute_url())


def test_the_page_of_an_output_fetches_what_cites_it_with_the_answers(
    client: Client, output: Output
) -> None:
    path = f"/outputs/{output.pk}/"
    fetch = f'hx-get="{path}cited/"'
    assert fetch not in text(client, path)
    client.post(f"{path}reveal/")
    assert fetch in text(client, path)


def test_a_definition_names_what_its_debate_lists_as_standing(
    client: Client, version: DefinitionVersion, output: Output, said: Statement
) -> None:
    path = "/definitions/taylor/"
    assert f'hx-get="{path}cited/"' in text(client, path)
    part = text(client, f"{path}cited/", **PART)
    assert "<html" not in part
    assert SAYS in part
    assert f'href="{said.get_absolute_url()}"' in part
    debate = text(client, "/debates/taylor/")
    assert SAYS in debate
    for _ in range(2):
        give(Judge.objects.create(kind="person", user=make_user(f"j{_}")), output, {"one": "no"})
    for page in (text(client, f"{path}cited/"), text(client, f"{path}cited/", **PART)):
        assert SAYS not in page, "answers moved its verdict"
        assert "None stands" in page


def test_a_definition_names_the_collections_that_hold_it_or_look_through_it(
    client: Client, version: DefinitionVersion
) -> None:
    owner = make_user("one")
    through = make_shown(owner, title="Through it")
    look_through(items=[through.placements.earliest("pk")], actor=owner, versions=[version])
    held = make_shown(make_user("two"), title="Holding it")
    add(held, definition_version=version)
    make_shown(make_user("three"), title="Neither")
    add(make(make_user("four"), title="Kept private"), definition_version=version)
    page = text(client, "/definitions/taylor/cited/")
    assert through.title in page
    assert held.title in page
    assert "Neither" not in page
    assert "Kept private" not in page


def test_a_part_names_five_and_leads_to_all(client: Client, version: DefinitionVersion) -> None:
    for number in range(7):
        shown = make_shown(make_user(f"u{number}"), title=f"Collection {number}")
        add(shown, definition_version=version)
    part = text(client, "/definitions/taylor/cited/", **PART)
    assert part.count("Collection ") == 5
    assert "All 7" in part
    assert text(client, "/definitions/taylor/cited/").count('<li><a href="/collections/') == 7


def test_a_part_draws_no_more_counterexamples_than_it_names(
    client: Client, version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        counterexample(version, judged(), text=f"Counterexample number {number} of seven.")
    drawn: list[Statement] = []
    made = Debate.entries_of

    def noted(self: Debate, statements: Sequence[Statement]) -> list[Entry]:
        drawn.extend(statements)
        return made(self, statements)

    monkeypatch.setattr(Debate, "entries_of", noted)
    part = text(client, "/definitions/taylor/cited/", **PART)
    assert part.count("Counterexample number") == len(drawn) == 5
    assert "all 7" in part
    assert text(client, "/definitions/taylor/cited/").count("Counterexample number") == 7


def test_long_lists_are_paged_in_step(client: Client, version: DefinitionVersion) -> None:
    owner = make_user("owner")
    for number in range(A_PAGE + 2):
        add(make_shown(owner, title=f"Collection {number}"), definition_version=version)
    for number in range(3):
        counterexample(version, judged(), text=f"Counterexample number {number} of three.")
    first = text(client, "/definitions/taylor/cited/")
    second = text(client, "/definitions/taylor/cited/?page=2")
    assert [page.count('<li><a href="/collections/') for page in (first, second)] == [A_PAGE, 2]
    assert [page.count("Counterexample number") for page in (first, second)] == [3, 0]
    assert "Page 1 of 2" in first
    assert "None stands" not in second
    part = text(client, "/definitions/taylor/cited/?page=2", **PART)
    assert part.count("Counterexample number") == 3
    assert "all 3" not in part, "nothing more is to be seen of them"
    assert f"All {A_PAGE + 2}" in part


def test_what_is_not_there_is_a_404(client: Client, version: DefinitionVersion) -> None:
    assert client.get("/outputs/99999/cited/").status_code == 404
    assert client.get("/definitions/none/cited/").status_code == 404
    unlisted = make_output(state="pending")
    assert client.get(f"/outputs/{unlisted.pk}/cited/").status_code == 404
