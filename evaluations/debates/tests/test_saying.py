"""Saying something by the pages: what is refused is said in words and stays typed."""

from typing import Any

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.debates.models import Statement
from evaluations.debates.tests.cast import (
    SAYS,
    call,
    judged,
    make_statement,
    make_version,
    next_version,
)
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Reveal
from evaluations.judgments.tests.cast import make_judge, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    return make_version()


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def signed_in(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def sent(version: DefinitionVersion, **fields: Any) -> dict[str, Any]:
    return {"version": version.number, "kind": "question", "text": SAYS, **fields}


def test_a_statement_is_made_from_a_candidate(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    output = judged()
    for value in ("no", "no"):
        call(make_judge(), output, value)
    page = text_of(signed_in.get("/debates/taylor/"))
    assert f"draft-{output.pk}" in page
    assert "who called it blind disagree" not in page
    assert "too-wide" not in page, "it would tell the verdict"
    begun = signed_in.post("/debates/taylor/open/", {"output": output.pk, "press": "draft"})
    assert begun["Location"] == f"/debates/taylor/state/?output={output.pk}&role=too-wide"
    form = signed_in.get(begun["Location"]).content.decode()
    assert f'value="{output.pk}"' in form
    made = signed_in.post(
        "/debates/taylor/state/", sent(version, kind="against", output=output.pk, role="too-wide")
    )
    row = Statement.objects.get()
    assert made["Location"] == row.get_absolute_url()
    assert (row.author, row.evidence.get().output) == (ada, output)
    assert f"draft-{output.pk}" not in signed_in.get("/debates/taylor/").content.decode()


def test_a_duplicate_is_offered_for_voting_and_nothing_is_lost(
    signed_in: Client, version: DefinitionVersion
) -> None:
    first = make_statement(version, make_user("bob"), "It counts what has no conclusion.")
    page = signed_in.post(
        "/debates/taylor/state/", sent(version, text="It counts WHAT has no conclusion!!")
    )
    assert page.status_code == 409
    text = page.content.decode()
    assert "bob said this already. Vote on it instead" in text
    assert f'id="useful-{first.pk}"' in text
    assert "It counts WHAT has no conclusion!!" in text
    assert Statement.objects.count() == 1


def test_a_role_that_the_verdict_contradicts_keeps_what_was_typed_and_shows_the_way_out(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    output = judged("no")
    typed = sent(version, kind="against", output=output.pk, role="too-wide")
    page = signed_in.post("/debates/taylor/state/", typed)
    assert page.status_code == 409
    assert "Version 1 calls it not reasoning" in page.content.decode()
    assert f">{SAYS}</textarea>" in page.content.decode().replace("\n", "").replace("\r", "")
    assert 'name="role" value="edge"' in page.content.decode()
    assert Reveal.objects.filter(judge__user=ada, output=output).exists()
    assert not Statement.objects.exists()
    signed_in.post("/debates/taylor/state/", {**typed, "role": ["too-wide", "edge"]})
    assert Statement.objects.get().evidence.get().role == "edge"


@pytest.mark.parametrize(
    ("fields", "status", "match"),
    [
        ({"text": "short"}, 409, "15 to 280"),
        ({"text": ""}, 422, "required"),
        ({"text": "\ufdfa" * 200}, 409, "stand for many letters"),
        ({"kind": "against"}, 409, "shows at least one output"),
        ({"kind": "against", "output": "999999", "role": "edge"}, 422, "no such output"),
        ({"output": "1x"}, 422, "no such output"),
        ({"quotes": "x"}, 422, "whole number"),
    ],
)
def test_bad_input_is_said_and_kept(
    signed_in: Client, version: DefinitionVersion, fields: Any, status: int, match: str
) -> None:
    page = signed_in.post("/debates/taylor/state/", sent(version, **fields))
    assert page.status_code == status
    assert match in page.content.decode()
    assert fields.get("text", SAYS) in page.content.decode()
    assert not Statement.objects.exists()


def test_what_must_show_an_output_says_where_to_name_one_and_to_look_for_it(
    signed_in: Client, version: DefinitionVersion
) -> None:
    page = signed_in.post("/debates/taylor/state/", sent(version, kind="against"))
    text = page.content.decode()
    assert 'href="#id_output"' in text.partition("error-summary")[2].partition("</div>")[0]
    for verdict in ("reasoning", "not-reasoning"):
        where = f"/outputs/?definition=taylor&amp;verdict={verdict}"
        assert f'href="{where}"' in text
        assert signed_in.get(where.replace("&amp;", "&")).status_code == 200


def test_a_version_that_came_meanwhile_is_said_and_the_words_stay(
    signed_in: Client, version: DefinitionVersion
) -> None:
    typed = sent(version)
    second = next_version(version, {"not": "one"})
    page = signed_in.post("/debates/taylor/state/", typed)
    assert page.status_code == 409
    assert "Version 2 came into force while you were writing" in page.content.decode()
    assert SAYS in page.content.decode()
    assert 'name="version" value="2"' in page.content.decode()
    signed_in.post("/debates/taylor/state/", sent(second))
    assert Statement.objects.get().version == second


def test_a_definition_that_is_retired_meanwhile(
    signed_in: Client, version: DefinitionVersion
) -> None:
    made = make_statement(version)
    DefinitionVersion.objects.filter(pk=version.pk).update(state="retired")
    page = signed_in.post("/debates/taylor/state/", sent(version, text="Something else to say."))
    assert page.status_code == 409
    assert "This definition was retired" in page.content.decode()
    assert "Something else to say." in page.content.decode()
    voted = signed_in.post(f"/statements/{made.pk}/vote/", {"press": "useful"})
    assert voted.status_code == 409
    assert "This definition was retired" in voted.content.decode()
    stood = signed_in.post("/debates/taylor/v/1/stance/", {"value": "use"})
    assert stood.status_code == 409
    read = text_of(signed_in.get("/debates/taylor/"))
    assert "nothing is added to it" in read
    assert "Add a statement" not in read


def test_the_day_has_so_many_other_words_and_what_was_typed_stays(
    signed_in: Client, version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluations.definitions import allowances

    monkeypatch.setitem(allowances.A_DAY, "reword", dict.fromkeys(allowances.Standing, 1))
    signed_in.post("/debates/taylor/state/", sent(version))
    for number, text in enumerate(("s", "It counts far too much.", "It counts <far> too little.")):
        said = Statement.objects.get(is_current=True)
        page = signed_in.post(f"{said.get_absolute_url()}reword/", {"text": text})
        assert page.status_code == (409, 303, 429)[number]
    assert "reword 1 statement a day" in page.content.decode()
    assert "It counts &lt;far&gt; too little.</textarea>" in page.content.decode()


def test_the_day_has_so_many_statements(
    signed_in: Client, version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluations.definitions import allowances

    monkeypatch.setitem(allowances.A_DAY, "state", dict.fromkeys(allowances.Standing, 1))
    # What is refused takes nothing from the allowance.
    assert signed_in.post("/debates/taylor/state/", sent(version, text="s")).status_code == 409
    assert signed_in.post("/debates/taylor/state/", sent(version)).status_code == 303
    again = signed_in.post("/debates/taylor/state/", sent(version))
    assert again.status_code == 303, "sent twice, the day's last is said once"
    page = signed_in.post("/debates/taylor/state/", sent(version, text="And one more of them."))
    assert page.status_code == 429
    assert "you can make 1 statement in debates a day" in page.content.decode()
    assert "And one more of them." in page.content.decode()


def test_the_form_says_when_an_output_is_needed(
    signed_in: Client, version: DefinitionVersion
) -> None:
    page = text_of(signed_in.get("/debates/taylor/state/"))
    evidence = page.partition('id="evidence"')[2].partition("<details")[0]
    assert "The output that shows it</label>" in evidence
    assert "A statement for or against needs one;" in evidence
    assert "(optional)" not in evidence
    assert "may show one." in evidence
    for kind, status in (("for", 409), ("against", 409), ("scope", 303)):
        said = signed_in.post("/debates/taylor/state/", sent(version, kind=kind))
        assert said.status_code == status, kind
