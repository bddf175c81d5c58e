"""Decisions: suspending, retiring what an account published, and the public log of both."""

import csv
import io

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.flags.actions import decide_flags, flag
from evaluations.activity.models import Decision
from evaluations.curation.actions import retire
from evaluations.curation.models import Collection
from evaluations.curation.placement_actions import strike
from evaluations.curation.tests.cast import make_shown
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import (
    make_criterion,
    make_definition,
    make_output,
    make_user,
)
from evaluations.runs.moderation import withdraw_output

pytestmark = pytest.mark.django_db

WHY = {"reason": "spam", "sentence": "Twenty equal rules within a minute.", "days": "7"}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def staff() -> User:
    return make_user("boss", is_staff=True)


@pytest.fixture
def ada() -> User:
    """Somebody who published two definitions."""
    make_criterion("one")
    person = make_user("ada")
    for slug in ("first", "second"):
        version = make_definition(slug, "one")
        type(version.definition).objects.filter(pk=version.definition_id).update(owner=person)
    return person


def rows_of(client: Client) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get("/moderation.csv").content.decode())))


def test_the_log_is_empty_and_open_to_everybody(client: Client) -> None:
    assert b"Nothing was decided yet" in client.get("/moderation/").content
    assert rows_of(client) == []


def test_all_that_an_account_published_is_retired_at_once(
    client: Client, staff: User, ada: User
) -> None:
    boss, page = signed_in(staff), f"/moderation/people/{ada.pk}/"
    assert boss.post(page, WHY | {"press": "retire"}).status_code == 302
    assert not DefinitionVersion.objects.published().exists()
    assert {row["name"] for row in rows_of(client)} == {"Name of first", "Name of second"}
    said = {(row["decision"], row["what"], row["reason"], row["by"]) for row in rows_of(client)}
    assert said == {("retire", "definition", "spam", "staff")}
    assert "Twenty equal rules" in client.get("/moderation/").content.decode()
    assert client.get("/moderation.json").json()["decisions"][0]["sentence"] == WHY["sentence"]


def test_what_its_owner_retires_is_no_decision(ada: User) -> None:
    signed_in(ada).post("/definitions/first/retire/", {"reason": "Mine was wrong."})
    assert DefinitionVersion.objects.published().count() == 1
    assert not Decision.objects.exists()


def test_a_suspended_account_reads_and_is_told_why_it_cannot_write(
    client: Client, staff: User, ada: User
) -> None:
    signed_in(staff).post(f"/moderation/people/{ada.pk}/", WHY | {"press": "suspend"})
    theirs = signed_in(ada)
    assert theirs.get("/definitions/").status_code == 200
    assert theirs.get("/judge/").status_code == 403
    assert not Judge.objects.filter(user=ada).exists()
    refused = theirs.post("/definitions/first/retire/")
    assert refused.status_code == 403
    page = refused.content.decode()
    assert WHY["sentence"] in page
    ada.refresh_from_db()
    assert ada.suspended_until is not None
    assert f"{ada.suspended_until:%Y}" in page
    assert DefinitionVersion.objects.published().count() == 2
    (row,) = rows_of(client)
    assert (row["decision"], row["what"], row["name"]) == ("suspend for 7 days", "account", "")
    assert "ada" not in client.get("/moderation/").content.decode()
    signed_in(staff).post(f"/moderation/people/{ada.pk}/", WHY | {"press": "lift"})
    assert theirs.post("/definitions/first/retire/").status_code == 302
    assert rows_of(client)[0]["decision"] == "lift a suspension"


def test_a_shorter_suspension_ends_no_longer_one(staff: User, ada: User) -> None:
    boss, page = signed_in(staff), f"/moderation/people/{ada.pk}/"
    said = boss.post(page, WHY | {"press": "suspend", "days": "30"}, follow=True).content.decode()
    ada.refresh_from_db()
    until = ada.suspended_until
    assert until is not None
    assert f"The account is suspended until {until:%-d %B %Y, %H:%M} UTC." in said
    flag(person=make_user("bob"), target=ada, reason="abuse")
    decide_flags(target=ada, actor=staff, verb="retire", reason="abuse", sentence="It insults.")
    ada.refresh_from_db()
    assert (ada.suspended_until, ada.suspended_because) == (until, WHY["sentence"])


def test_a_suspension_ends_by_itself_and_leaving_stays_possible(staff: User, ada: User) -> None:
    signed_in(staff).post(f"/moderation/people/{ada.pk}/", WHY | {"press": "suspend"})
    assert signed_in(ada).post("/judge/me/leave/").status_code != 403
    User.objects.filter(pk=ada.pk).update(suspended_until=timezone.now())
    assert signed_in(ada).post("/definitions/first/retire/").status_code == 302


@pytest.mark.parametrize(
    ("role", "press", "status"),
    [
        ("moderator", "suspend", 302),
        ("moderator", "retire", 403),
        ("researcher", "suspend", 403),
        ("member", "suspend", 403),
    ],
)
def test_who_may_decide(ada: User, role: str, press: str, status: int) -> None:
    person = make_user("eve", role=role)
    sent = signed_in(person).post(f"/moderation/people/{ada.pk}/", WHY | {"press": press})
    assert sent.status_code == status
    assert Decision.objects.count() == (status == 302)


def test_who_flagged_something_does_not_decide_about_it_on_its_page_either(staff: User) -> None:
    mod, zoe = make_user("mod", role="moderator"), make_user("zoe")
    made = make_shown(zoe)
    pressed = {
        f"{made.get_absolute_url()}retire/": {"sentence": "It insults.", "reason": "abuse"},
        f"/moderation/people/{zoe.pk}/": WHY | {"press": "suspend"},
    }
    for person, status in ((mod, 403), (staff, 302)):
        for target in (made, zoe):
            flag(person=person, target=target, reason="abuse")
        for path, form in pressed.items():
            assert signed_in(person).post(path, form).status_code == status, path
    refused = signed_in(mod).post(f"{made.get_absolute_url()}retire/", {"press": "restore"})
    assert refused.status_code == 403


def test_nobody_suspends_staff(staff: User) -> None:
    other = make_user("chief", is_staff=True)
    sent = signed_in(staff).post(f"/moderation/people/{other.pk}/", WHY | {"press": "suspend"})
    assert sent.status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"sentence": ""}, {"days": "0"}, {"reason": "x"}, {"press": "x"}]
)
def test_a_wrong_form_decides_nothing_and_keeps_what_was_typed(
    staff: User, ada: User, wrong: dict[str, str]
) -> None:
    form = WHY | {"press": "suspend"} | wrong
    sent = signed_in(staff).post(f"/moderation/people/{ada.pk}/", form)
    assert sent.status_code == 422
    assert f'value="{form["sentence"]}"' in sent.content.decode() or not form["sentence"]
    assert not Decision.objects.exists()


def test_what_was_about_personal_data_is_not_named(client: Client, staff: User) -> None:
    output = make_output()
    withdraw_output(output=output, actor=staff, reason="personal-data", sentence="A name in it.")
    (row,) = rows_of(client)
    assert (row["what"], row["name"], row["sentence"]) == ("output", "", "A name in it.")
    assert output.get_absolute_url() not in client.get("/moderation/").content.decode()
    withdraw_output(output=output, actor=staff)
    assert Decision.objects.count() == 1, "withdrawn already"


def test_what_lies_in_a_collection_that_is_not_public_is_not_named(
    client: Client, staff: User
) -> None:
    owner = make_user("ada")
    made = make_shown(owner, visibility="unlisted", title="Hidden lamps")
    retire(collection=made, actor=staff, sentence="It is an advertisement.", code="spam")
    strike(item=make_shown(owner, title="Seen lamps").placements.earliest("pk"), actor=staff,
           sentence="So is this.", code="spam")  # fmt: skip
    assert Collection.objects.get(title="Seen lamps").visibility == "unlisted", "two are too few"
    assert [(row["what"], row["name"]) for row in rows_of(client)] == [
        ("item", ""), ("collection", ""),
    ]  # fmt: skip
    log = client.get("/moderation/").content.decode()
    assert "It is an advertisement." in log
    assert "lamps" not in log
    Collection.objects.filter(pk=made.pk).update(visibility="public")
    assert rows_of(client)[1]["name"] == "Hidden lamps"
    log = client.get("/moderation/").content.decode()
    assert made.get_absolute_url() in log


def test_decisions_are_never_rewritten(staff: User) -> None:
    withdraw_output(output=make_output(), actor=staff)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Decision.objects.update(sentence="Another.")
    staff.delete()
    assert Decision.objects.get().actor is None
