"""Two windows, second sendings, a definition that is retired while somebody writes: all is said in
words, and what was typed stays."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.debates.models import Statement
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import (
    SAYS,
    counterexample,
    judged,
    make_statement,
    make_version,
    next_version,
)
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import make_user
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

OTHER = "Whether it counts a guess is left open here."


@pytest.fixture
def version() -> DefinitionVersion:
    return make_version()


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def client(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def sent(version: DefinitionVersion, **fields: Any) -> dict[str, Any]:
    return {"version": version.number, "kind": "question", "text": SAYS, **fields}


def test_a_statement_that_is_sent_twice_is_one(client: Client, version: DefinitionVersion) -> None:
    output = judged()
    form = sent(version, kind="against", output=output.pk, role="too-wide")
    made = [client.post("/debates/taylor/state/", form)["Location"] for _ in range(2)]
    assert made == [Statement.objects.get().get_absolute_url()] * 2
    other = client.post("/debates/taylor/state/", {**form, "output": judged().pk})
    assert other.status_code == 409
    assert "You said this already: its page takes more outputs" in other.content.decode()
    assert SAYS in other.content.decode()
    assert Statement.objects.get().evidence.count() == 1


@pytest.mark.parametrize("how", ["retired", "a later version"])
def test_what_is_written_about_a_version_that_is_closed_meanwhile_stays(
    client: Client, version: DefinitionVersion, ada: User, how: str
) -> None:
    own = counterexample(version, judged(), author=ada)
    other = make_statement(version, make_user("bob"), OTHER)
    shown = judged()
    if how == "retired":
        DefinitionVersion.objects.filter(pk=version.pk).update(state="retired")
    else:
        next_version(version, {"not": "one"})
    why = "was retired" if how == "retired" else "is not in force any more"
    quoted = {"kind": "define", "quote": "counts a guess"}
    for path, form, typed in (
        (
            f"/statements/{own.pk}/reword/",
            {"text": "In quite other words."},
            "In quite other words.",
        ),
        (f"/statements/{own.pk}/evidence/", {"output": shown.pk, "role": "edge"}, f'"{shown.pk}"'),
        (f"/statements/{other.pk}/react/", quoted, "counts a guess"),
    ):
        page = client.post(path, form)
        assert page.status_code == 409, path
        text = page.content.decode()
        assert f"{why}: its debate can be read" in text.partition("error-summary")[2], path
        assert typed in text.partition("error-summary")[2], path
    for path, form in (
        (f"/statements/{other.pk}/vote/", {"press": "useful"}),
        ("/debates/taylor/v/1/stance/", {"value": "use"}),
    ):
        page = client.post(path, form)
        assert page.status_code == 409, path
        assert why in page.content.decode(), path
    own.refresh_from_db()
    assert own.is_current


def test_an_output_that_is_withdrawn_meanwhile_is_no_evidence(
    client: Client, version: DefinitionVersion, ada: User
) -> None:
    output, own = judged(), make_statement(version, ada, OTHER)
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    typed = {"output": output.pk, "role": "edge"}
    for path, form in (
        ("/debates/taylor/state/", sent(version, **typed)),
        (f"/statements/{own.pk}/evidence/", typed),
    ):
        page = client.post(path, form)
        assert page.status_code == 422, path
        assert "no such output that was written and is public" in page.content.decode(), path
        assert f'value="{output.pk}"' in page.content.decode(), path
    opened = client.post("/debates/taylor/open/", {"output": output.pk, "version": 1})
    assert opened.status_code == 409
    assert "was withdrawn or is not public" in opened.content.decode()


def test_what_another_window_reworded_or_retired_is_not_voted_on(
    client: Client, version: DefinitionVersion
) -> None:
    bob = make_user("bob")
    author = Client()
    author.force_login(bob)
    made = make_statement(version, bob)
    author.post(f"/statements/{made.pk}/reword/", {"text": OTHER})
    page = client.post(f"/statements/{made.pk}/vote/", {"press": "useful"})
    assert page.status_code == 409
    assert "Its author reworded this statement meanwhile" in page.content.decode()
    now = Statement.objects.get(is_current=True)
    retire(statement=now, actor=bob)
    page = client.post(f"/statements/{now.pk}/react/", {"kind": "crux", "quote": "a guess"})
    assert page.status_code == 409
    assert "This statement was retired meanwhile" in page.content.decode()
    assert 'value="a guess"' in page.content.decode()
    again = author.post(f"/statements/{now.pk}/retire/", {"sentence": "Once more."})
    assert again.status_code == 409
    assert "does not stand any more" in again.content.decode()
    assert 'value="Once more."' in again.content.decode()
