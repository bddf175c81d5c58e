"""What an account may write about definitions in a day, and what it is told beyond that."""

import pytest
from django.test import Client

from evaluations.accounts import standing
from evaluations.accounts.models import User
from evaluations.accounts.standing import Standing
from evaluations.definitions.allowances import A_DAY
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import make_definition, make_user
from evaluations.leaderboards.definition_pages.tests.test_workshop_views import (
    ada,
    body,
    inside,
    seen_on,
    typed,
)

pytestmark = pytest.mark.django_db
__all__ = ["ada", "inside"]


@pytest.mark.parametrize("path", ["new", "taylor/amend"])
def test_nobody_floods_the_workshop(
    inside: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    make_definition("taylor", "one")
    for name in ("begin", "propose"):
        monkeypatch.setitem(A_DAY, name, dict.fromkeys(Standing, 2))
    form = typed("two", press="save", reason="Clearer.", statement="drawing them")
    for number in range(2):
        sent = inside.post(f"/definitions/{path}/", form | {"name": f"Own {number}"})
        assert sent.status_code == 302
    page = body(inside.post(f"/definitions/{path}/", form | {"name": "Own again"}), 429)
    assert "As a member you can" in page
    assert "2 definitions a day" in page or "2 amendments a day" in page
    assert "One more is possible in 12 hours at the latest." in page
    assert "drawing them</textarea>" in page
    User.objects.filter(username="ada").update(is_staff=True)
    assert inside.post(f"/definitions/{path}/", form | {"name": "Own again"}).status_code == 302


def test_versions_have_an_allowance(inside: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(A_DAY, "publish", dict.fromkeys(Standing, 2))
    assert inside.post("/definitions/new/", typed(slug="own", press="publish")).status_code == 302
    url = "/definitions/own/edit/"

    def form(**fields: str) -> dict[str, str]:
        return typed("two", slug="own", seen=seen_on(body(inside.get(url))), **fields)

    first = form(press="publish", reading="Another sentence.")
    assert inside.post(url, first).status_code == 302
    page = body(inside.post(url, form(press="publish", reading="And another.")), 429)
    assert "publish 2 versions of definitions a day" in page
    assert "What you typed is kept" in page
    assert "And another.</textarea>" in page
    assert inside.post(url, form(press="save", reading="And another.")).status_code == 302
    inside.post("/definitions/own/publish/")
    assert DefinitionVersion.objects.get(definition__slug="own", number=3).state == "draft"


def test_an_accepted_amendment_is_one_of_them(
    inside: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(A_DAY, "publish", dict.fromkeys(Standing, 2))
    inside.post("/definitions/new/", typed(slug="own", press="publish"))
    for words in ("drawing them", "drawing some"):
        form = typed("two", statement=words, reading=words, reason="Clearer.", press="save")
        assert inside.post("/definitions/own/amend/", form).status_code == 302
    url = "/definitions/own/proposals/{}/"
    assert inside.post(url.format(1), {"press": "accept", "against": "1"}).status_code == 422
    accepted = {"press": "accept", "text": "Thanks."}
    assert inside.post(url.format(1), accepted).status_code == 302
    current = DefinitionVersion.objects.get(definition__slug="own", is_current=True)
    page = body(inside.post(url.format(2), accepted | {"against": str(current.pk)}), 429)
    assert "publish 2 versions of definitions a day" in page
    assert "Thanks.</textarea>" in page


def test_a_new_account_publishes_nothing_yet_and_keeps_its_draft(
    inside: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "FIRST_ACCOUNTS", 0)
    form = typed("two", slug="own", press="publish", statement="drawing them")
    page = body(inside.post("/definitions/new/", form), 429)
    assert "A new account cannot publish any versions of definitions a day yet" in page
    assert "You can publish 3 versions of definitions a day from" in page
    assert "drawing them</textarea>" in page
    assert not DefinitionVersion.objects.filter(definition__slug="own").exists()
    assert inside.post("/definitions/new/", form | {"press": "save"}).status_code == 302


def test_accounts_at_one_address_share_an_allowance(inside: Client) -> None:
    staff = [make_user(f"member{number}") for number in range(4)]
    statuses = []
    for number, person in enumerate(staff):
        browser = Client()
        browser.force_login(person)
        for turn in range(3):
            form = typed("two", slug=f"own-{number}-{turn}", press="publish")
            sent = browser.post("/definitions/new/", form | {"name": f"Own {number}-{turn}"})
            statuses.append(sent.status_code)
    assert statuses == [302] * 10 + [429] * 2


def test_a_publication_that_is_refused_costs_nothing(inside: Client) -> None:
    taken = make_definition("taken", "one")
    for _ in range(4):
        sent = inside.post("/definitions/new/", typed("two", slug="taken", press="publish"))
        assert sent.status_code == 422
    assert taken.definition.versions.count() == 1
    assert inside.post("/definitions/new/", typed(slug="own", press="publish")).status_code == 302


def test_what_staff_retired_its_owner_cannot_restore(inside: Client) -> None:
    inside.post("/definitions/new/", typed(slug="own", press="publish"))
    staff = Client()
    staff.force_login(make_user("boss", is_staff=True))
    staff.post("/definitions/own/retire/", {"reason": "Abuse."})
    version = DefinitionVersion.objects.get(definition__slug="own")
    assert version.state == "retired"
    inside.post("/definitions/own/restore/")
    version.refresh_from_db()
    assert version.state == "retired"
    staff.post("/definitions/own/restore/")
    version.refresh_from_db()
    assert version.state == "published"
