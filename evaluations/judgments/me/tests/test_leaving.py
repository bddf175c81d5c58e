"""Leaving: the account goes, what it judged stays without a name or is withdrawn."""

import uuid
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from evaluations.accounts.models import Invitation, User
from evaluations.definitions.actions import draft_definition, publish_version
from evaluations.definitions.models import Definition, DefinitionVersion, Proposal
from evaluations.definitions.proposal_actions import propose_amendment
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.answers.marks import MarkDraft
from evaluations.judgments.answers.steps import StepAnswers
from evaluations.judgments.items import queue
from evaluations.judgments.judges.visitors import GUEST_KEY
from evaluations.judgments.me.leave import LeaveRefused, WhatStays, forget_guest, leave
from evaluations.judgments.models import (
    Adjudication,
    Answer,
    Comparison,
    Draft,
    Finding,
    FirstError,
    ImportedOpinion,
    Item,
    Judge,
    JudgePrompt,
    Judgment,
    Lease,
    Mark,
    Member,
    Protocol,
    Reveal,
    Skip,
    StepLabel,
)
from evaluations.judgments.pairs.actions import submit_comparison
from evaluations.judgments.tests.cast import (
    PASSWORD,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import Grid, Output, Recipe, Report, Run

pytestmark = pytest.mark.django_db

URL = "/judge/me/leave/"


def test_the_page_names_what_stays_and_nothing_that_is_not_there(client: Client) -> None:
    client.force_login(make_user("ada"))
    page = client.get(URL).content.decode()
    stays = (
        "definitions, prompt sets, runs, protocols, collections that you showed to others, "
        "statements and votes in debates"
    )
    assert stays in page


@pytest.fixture
def judge() -> Judge:
    make_criterion("one")
    make_criterion("asked", level="prompt")
    return make_judge(user=make_user(email="ada@example.org"))


def judged(judge: Judge) -> Item:
    """An item that this judge finished, a pair, and all that serves only this judge."""
    output, other = make_output(trace="First.\nSecond."), make_output()
    item = make_item(make_protocol(blocks=(make_block("one"),)), output)
    queue.lease_on(item, judge)
    give(
        judge, output, {"one": "yes", "asked": "no"}, comment="mine",
        served=Served(item=item, page="block:first", finishes=True),
        marks=[MarkDraft(part="trace", start=0, end=5)],
        steps=StepAnswers(segmentation=1, mode="labels", roles={0: "plan"}),
    )  # fmt: skip
    right = make_output(prompt=output.prompt)
    submit_comparison(
        judge=judge, left=output, right=right, value="left", form_token=uuid.uuid4()
    )  # fmt: skip
    held = make_item(item.version, other)
    queue.lease_on(held, judge)
    Draft.objects.create(judge=judge, place="x", data={}, updated_at=timezone.now())
    Reveal.objects.create(judge=judge, output=other)
    Skip.objects.create(judge=judge, output=other)
    Member.objects.create(judge=judge, protocol=item.version.protocol)
    item.refresh_from_db()
    held.refresh_from_db()
    assert (item.done, item.leased, held.leased) == (1, 0, 1)
    return item


def in_force() -> tuple[int, ...]:
    """How many answers, marks, labels and comparisons are in force, and how many forms stand."""
    return (
        *(kind.objects.filter(is_current=True).count() for kind in (Answer, Mark, StepLabel)),
        Comparison.objects.filter(is_current=True, withdrawn_at=None).count(),
        Judgment.objects.standing().count(),
    )


@pytest.mark.parametrize("choice", WhatStays.values)
def test_judgments_stay_without_a_name_or_are_withdrawn(judge: Judge, choice: str) -> None:
    item = judged(judge)
    before = in_force()
    rows = Judgment.objects.count(), Answer.objects.count(), Comparison.objects.count()
    leave(user=judge.user, choice=choice)
    assert not User.objects.exists()
    judge.refresh_from_db()
    assert (judge.user_id, judge.kind) == (None, "person")
    assert (Judgment.objects.count(), Answer.objects.count(), Comparison.objects.count()) == rows
    stays = choice == WhatStays.ANONYMISE
    assert in_force() == (before if stays else (0, 0, 0, 0, 0))
    for gone in (Draft, Lease, Reveal, Skip, Member):
        assert not gone.objects.exists(), gone
    item.refresh_from_db()
    assert (item.done, item.leased) == (1 if stays else 0, 0)
    assert not Item.objects.exclude(leased=0).exists()


def test_only_what_was_counted_is_counted_off(judge: Judge) -> None:
    """Gold, surplus and undone judgments were not counted, and a pair was."""
    version = make_protocol(blocks=(make_block("one"),))
    outputs = [make_output() for _ in range(3)]
    gold = make_item(version, outputs[0], is_gold=True)
    full = make_item(version, outputs[1], done=2)
    other = make_item(version, outputs[2], done=1)
    for item in (gold, full):
        served = Served(item=item, page="block:first", finishes=True)
        give(judge, item.output, {"one": "yes"}, served=served)
    twin = make_output(prompt=outputs[0].prompt)
    pair = make_item(make_protocol("pairs", subject="pair"), pair=(outputs[0], twin))
    submit_comparison(
        judge=judge, left=pair.left, right=twin, value="tie", form_token=uuid.uuid4(), item=pair
    )
    pair.refresh_from_db()
    assert pair.done == 1
    leave(user=judge.user, choice="withdraw")
    counts = {item.pk: (item.done, item.leased) for item in Item.objects.all()}
    assert counts == {gold.pk: (0, 0), full.pk: (2, 0), other.pk: (1, 0), pair.pk: (0, 0)}


def test_a_first_error_is_withdrawn_too(judge: Judge) -> None:
    output = make_output(trace="First.\nSecond.")
    steps = StepAnswers(segmentation=1, mode="first-error", first_error=1)
    give(judge, output, {"one": "yes"}, steps=steps)
    assert FirstError.objects.filter(is_current=True).exists()
    leave(user=judge.user, choice="withdraw")
    assert not FirstError.objects.filter(is_current=True).exists()


def test_others_and_earlier_withdrawals_are_not_touched(judge: Judge) -> None:
    output, other = make_output(), make_judge()
    give(other, output, {"one": "no"})
    give(judge, output, {"one": "yes"})
    before = timezone.now()
    Judgment.objects.filter(judge=judge).update(withdrawn_at=before)
    leave(user=judge.user, choice="withdraw")
    assert Judgment.objects.get(judge=judge).withdrawn_at == before
    assert Answer.objects.current().get().judge == other
    assert User.objects.get() == other.user


def test_what_was_made_for_others_stays_without_a_name(judge: Judge) -> None:
    """Every relation to an account lets it go."""
    person = judge.user
    output = make_output()
    version = make_protocol(owner=person, created_by=person)
    wording = make_criterion("probed", answered_by="probe")
    made = make_definition("mine", "one")
    Definition.objects.update(owner=person)
    made.definition.refresh_from_db()
    next_version = draft_definition(
        definition=made.definition, statement="S.", rule="one", reading="R.", author=person
    )
    publish_version(version=next_version, actor=person)
    propose_amendment(
        base=next_version,
        proposer=person,
        reason="It is shorter.",
        wording={**next_version.says(), "statement": "T."},
    )
    Run.objects.update(launched_by=person)
    Recipe.objects.update(written_by=person)
    Grid.objects.create(form_token=uuid.uuid4(), launched_by=person)
    PromptSet.objects.update(owner=person)
    for guarded in (*Run.objects.all(), *PromptSet.objects.all()):
        guarded.readers.add(person)
    Report.objects.create(output=output, reporter=person, reason="broken")
    baker.make(
        Finding, criterion_version=wording, output=output, prompt=None, model=None, recipe=None,
        family=None, value="yes", source="probe", created_by=person, supersedes=None,
    )  # fmt: skip
    Adjudication.objects.create(
        item=make_item(version, output), criterion=wording.criterion, criterion_version=wording,
        value="yes", reason="slip", decided_by=person,
    )  # fmt: skip
    JudgePrompt.objects.create(
        slug="strict", title="Strict", body="{answer}", made_by=person, used_at=timezone.now()
    )
    (said,) = give(make_judge("model"), output, {"one": "yes"})
    ImportedOpinion.objects.create(
        judge=said.judge, output=output, criterion_version=wording, sample=1, value="yes",
        judgment=said, imported_by=person,
    )  # fmt: skip
    Invitation.objects.create(role="curator", created_by=person, expires_at=timezone.now())
    make_user("reader").hides.add(person)
    LogEntry.objects.create(
        user=person, action_flag=1, content_type=ContentType.objects.get_for_model(User)
    )
    kept = (
        Protocol,
        Definition,
        DefinitionVersion,
        Proposal,
        Run,
        Report,
        Finding,
        Adjudication,
        Output,
        Recipe,
        Grid,
        PromptSet,
        JudgePrompt,
        ImportedOpinion,
    )
    before = [kind.objects.count() for kind in kept]
    made = {
        (relation.related_model, relation.field.name)
        for relation in User._meta.related_objects
        if not relation.related_model.objects.filter(**{relation.field.name: person}).exists()
    }
    untried = {(model.__name__, name) for model, name in made}
    assert untried <= {("EmailAddress", "user"), ("Invitation", "used_by"),
                       ("User_groups", "user"), ("User_user_permissions", "user"),
                       ("Collection", "owner"), ("ShownDefinition", "owner"),
                       ("Follow", "person"), ("ImportJob", "by"), ("StudyExport", "by"),
                       ("ApiKey", "person"),
                       ("Statement", "author")}, "a stage above tries its own"  # fmt: skip
    leave(user=person, choice="anonymise")
    assert [kind.objects.count() for kind in kept] == before
    assert Protocol.objects.get().owner is None


def test_the_only_staff_account_stays(judge: Judge) -> None:
    User.objects.update(is_staff=True)
    make_user("closed", is_staff=True, is_active=False)
    with pytest.raises(LeaveRefused, match="only staff account"):
        leave(user=judge.user, choice="withdraw")
    assert User.objects.count() == 2
    make_user("second", is_staff=True)
    leave(user=judge.user, choice="withdraw")
    assert User.objects.count() == 2


def sign_in(client: Client, judge: Judge) -> None:
    client.force_login(judge.user)


def test_the_page_counts_and_the_password_confirms(client: Client, judge: Judge) -> None:
    judged(judge)
    sign_in(client, judge)
    page = client.get(URL).content.decode()
    assert "You saved 1 judgment and compared 1 pair, about 1 output." in page
    for wrong in (
        {},
        {"choice": "anonymise"},
        {"choice": "all", "password": PASSWORD},
        {"choice": "anonymise", "password": "wrong"},
        {"password": PASSWORD},
    ):
        response = client.post(URL, wrong)
        assert response.status_code == 422
        assert "Please correct this first" in response.content.decode()
        assert PASSWORD not in response.content.decode()
    assert User.objects.exists()
    response = client.post(URL, {"choice": "withdraw", "password": PASSWORD}, follow=True)
    page = response.content.decode()
    assert "Your account is deleted. Your judgments are withdrawn." in page
    assert "Sign in" in page
    assert "_auth_user_id" not in client.session
    assert not User.objects.exists()


def test_without_a_password_the_name_confirms(client: Client, judge: Judge) -> None:
    judge.user.set_unusable_password()
    judge.user.save()
    sign_in(client, judge)
    assert 'name="password"' not in client.get(URL).content.decode()
    wrong = {"choice": "anonymise", "username": "eve"}
    assert client.post(URL, wrong).status_code == 422
    client.post(URL, wrong | {"username": judge.user.username})
    assert not User.objects.exists()


def test_a_person_who_never_judged_can_leave(client: Client) -> None:
    client.force_login(make_user())
    assert client.get(URL).status_code == 200
    client.post(URL, {"choice": "anonymise", "password": PASSWORD})
    assert not User.objects.exists()
    assert not Judge.objects.exists()


def test_guessing_the_password_is_bounded(client: Client, judge: Judge) -> None:
    sign_in(client, judge)
    guesses: list[Any] = [
        client.post(URL, {"choice": "anonymise", "password": "wrong"}) for _ in range(10)
    ]
    assert {guess.status_code for guess in guesses} == {422}
    last = client.post(URL, {"choice": "anonymise", "password": PASSWORD})
    assert last.status_code == 429
    assert "Too many tries" in last.content.decode()
    assert User.objects.exists()


def test_the_refusal_of_the_only_staff_account_is_shown(client: Client, judge: Judge) -> None:
    User.objects.update(is_staff=True)
    sign_in(client, judge)
    response = client.post(URL, {"choice": "anonymise", "password": PASSWORD})
    assert response.status_code == 409
    assert "only staff account" in response.content.decode()


@pytest.mark.parametrize("choice", WhatStays.values)
def test_a_guest_is_forgotten(client: Client, choice: str) -> None:
    make_criterion("one")
    make_criterion("asked", level="prompt")
    guest = make_judge("guest")
    key = guest.guest_key
    session = client.session
    session[GUEST_KEY] = str(key)
    session.save()
    judged(guest)
    before = in_force()
    assert 'name="password"' not in client.get(URL).content.decode()
    assert client.post(URL, {}).status_code == 422
    page = client.post(URL, {"choice": choice}, follow=True).content.decode()
    assert "This browser is forgotten." in page
    guest.refresh_from_db()
    assert guest.guest_key not in {key, None}
    assert GUEST_KEY not in client.session
    assert in_force() == (before if choice == "anonymise" else (0, 0, 0, 0, 0))
    assert not Lease.objects.exists()
    client.post("/accounts/login/", {"login": make_user().username, "password": PASSWORD})
    assert not Judge.objects.filter(user__isnull=False).exists(), "nothing comes along"
    assert "Nothing to forget" in Client().get(URL).content.decode()


def test_only_a_guest_can_be_forgotten(judge: Judge) -> None:
    give(judge, make_output(), {"one": "yes"})
    with pytest.raises(LeaveRefused):
        forget_guest(guest=judge, choice="withdraw")
    assert Judgment.objects.standing().count() == 1
