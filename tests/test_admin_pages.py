"""The admin: every page opens, what is append-only cannot be written, and actions do the rest."""

import uuid
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evaluations.accounts.models import Invitation, User
from evaluations.api.actions import make_key
from evaluations.definitions.models import Criterion, CriterionVersion, DefinitionVersion
from evaluations.definitions.proposal_actions import ask_proposer, propose_amendment
from evaluations.judgments.answers.actions import reveal_answers, skip_output
from evaluations.judgments.by_hand.tests.worlds import make_hand_rows
from evaluations.judgments.models import Finding
from evaluations.judgments.tests.judging_rows import make_judging_rows
from evaluations.prompts.models import Family
from evaluations.runs.endpoints.tests.worlds import make_endpoint_rows
from evaluations.runs.models import (
    Attempt,
    FirstWords,
    Grid,
    Likelihood,
    Misreading,
    Output,
    Report,
    Response,
    SentPrompt,
    Stage,
    Worker,
)
from tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_run,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db

STAGES = ("accounts", "definitions", "prompts", "runs", "judgments", "api")
OURS = sorted(
    (model for stage in STAGES for model in apps.get_app_config(stage).get_models()),
    key=lambda model: model._meta.label,
)
INLINE_ONLY = {
    "definitions.Pin",
    "judgments.BlockCriterion",
    "judgments.ProtocolBlock",
    "judgments.ProtocolDefinition",
}
REGISTERED = [model for model in OURS if model._meta.label not in INLINE_ONLY]
WRITABLE = {
    "accounts.User",
    "definitions.Criterion",
    "definitions.CriterionVersion",
    "definitions.Definition",
    "definitions.DefinitionVersion",
    "judgments.Block",
    "judgments.Finding",
    "prompts.Family",
    "prompts.Prompt",
    "prompts.PromptSet",
    "runs.LanguageModel",
    "runs.Recipe",
}


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_staff())
    return client


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def make_rows() -> Output:
    """At least one row of every model."""
    number = Output.objects.count()
    family = Family.objects.create(slug=f"family-{number}")
    prompt = make_prompt(f"asked-{number}", family=family)
    output = make_output(prompt=prompt, run=make_run(), grade=1)
    make_output(run=output.run, state="failed", error="no")
    key, probed = f"key-{number}", f"probed-{number}"
    make_criterion(key)
    make_criterion(probed, level="mechanism", answered_by="probe")
    make_block(key, slug=f"block-{number}", is_default=number == 0)
    _, version = (make_definition(f"{name}-{number}", key) for name in ("other", "definition"))
    propose(version)
    judge = make_judge()
    (judgment,) = give(judge, output, {key: "yes"}, comment="Fine.")
    make_judging_rows(judgment)
    classify(judge, output, version, "no")
    reveal_answers(judge=judge, output=output)
    skip_output(judge=make_judge("guest"), output=output, reason="Too long.")
    asked = CriterionVersion.objects.get(criterion__key=probed)
    Finding.objects.create(criterion_version=asked, output=output, value="yes", source="probe")
    Attempt.objects.create(output=output, number=1, owner="w", outcome="done")
    Stage.objects.create(
        output=output, number=0, attempt=1, kind="draft", seed=1, trace_visibility="full",
        stop_reason="stop", seconds=1,
    )  # fmt: skip
    Misreading.objects.create(grade=output.grade, answer="Seven.")
    SentPrompt.objects.create(digest=f"digest-{number}", text="Is it on?")
    Likelihood.objects.create(output=output, tokens=[["Yes", -0.1]])
    Response.objects.create(output=output, usage={"total_tokens": 3}, body="{}")
    Report.objects.create(output=output, reason="other", text="Look here.")
    make_endpoint_rows(f"endpoint-{number}")
    now = timezone.now()
    Grid.objects.create(form_token=uuid.uuid4())
    FirstWords.objects.create(output=output, owner="w", attempt=1, text="So", written_at=now)
    Invitation.objects.create(role="curator", created_by=User.objects.first(), expires_at=now)
    make_key(person=make_user(f"caller-{number}"), name="notebook", scope="read", days=30)
    Worker.objects.create(name=f"worker-{number}", kind="light", started_at=now, seen_at=now)
    make_hand_rows(number)
    return output


def propose(version: DefinitionVersion) -> None:
    """An amendment that staff asked about."""
    proposer = make_user(f"proposer-of-{version.definition.slug}")
    said = {**version.says(), "statement": "Said otherwise."}
    proposal = propose_amendment(base=version, proposer=proposer, reason="Why not?", wording=said)
    staff = User.objects.filter(is_staff=True).first() or make_staff("asking")
    ask_proposer(proposal=proposal, actor=staff, text="Why?")


def test_every_model_is_in_the_admin() -> None:
    assert {model._meta.label for model in REGISTERED} == {
        model._meta.label for model in admin.site._registry if model._meta.app_label in STAGES
    }
    assert {model._meta.label for model in REGISTERED} >= WRITABLE


def test_list_add_and_change_pages_open(staff: Client) -> None:
    make_rows()
    for model in REGISTERED:
        row = model._default_manager.first()
        assert row is not None, model
        assert staff.get(address(model, "changelist"), {"q": "a"}).status_code == 200, model
        assert staff.get(address(model, "changelist")).status_code == 200, model
        assert staff.get(address(model, "change", row.pk)).status_code == 200, model
        may_add = 200 if model._meta.label in WRITABLE else 403
        assert staff.get(address(model, "add")).status_code == may_add, model


def test_what_others_rely_on_can_only_be_looked_at(staff: Client) -> None:
    make_rows()
    looked_at = [model for model in REGISTERED if model._meta.label not in WRITABLE]
    for model in [*looked_at, CriterionVersion, DefinitionVersion, Finding]:
        row = model._default_manager.first()
        assert row is not None, model
        for page, sent in (("change", {}), ("delete", {"post": "yes"})):
            assert staff.post(address(model, page, row.pk), sent).status_code == 403, model
        assert model._default_manager.filter(pk=row.pk).exists(), model


def queries_of_lists(staff: Client) -> dict[type[Model], int]:
    counted = {}
    for model in REGISTERED:
        with CaptureQueriesContext(connection) as queries:
            staff.get(address(model, "changelist"))
        counted[model] = len(queries)
    return counted


def test_queries_of_a_list_do_not_grow_with_its_rows(staff: Client) -> None:
    make_rows()
    queries_of_lists(staff)
    few = queries_of_lists(staff)
    make_rows()
    assert queries_of_lists(staff) == few


def test_only_staff_come_in(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/admin/").status_code == 302


# Writing -----------------------------------------------------------------------------------


def definition_form(**fields: Any) -> dict[str, Any]:
    return {
        "statement": "Drawing conclusions.",
        "rule": '"sound"',
        "reading": "It is sound.",
        "absence_policy": "may-be-latent",
        "partly_policy": "not-met",
        "note": "",
        "pin_set-TOTAL_FORMS": 0,
        "pin_set-INITIAL_FORMS": 0,
        **fields,
    }


def test_a_draft_is_written_checked_changed_and_published(staff: Client) -> None:
    make_criterion("sound")
    first = make_definition("mine", "sound")
    add = address(DefinitionVersion, "add")
    wrong = staff.post(add, definition_form(definition=first.definition_id, rule='{"all": []}'))
    assert wrong.status_code == 200
    assert "errorlist" in wrong.content.decode()
    unknown = staff.post(add, definition_form(definition=first.definition_id, rule='"unknown"'))
    assert "unknown" in unknown.content.decode().partition("errorlist")[2]
    assert DefinitionVersion.objects.count() == 1

    right = staff.post(add, definition_form(definition=first.definition_id, rule='{"not":"sound"}'))
    assert right.status_code == 302
    draft = DefinitionVersion.objects.get(number=2)
    assert (draft.state, draft.rule, draft.is_current) == ("draft", {"not": "sound"}, False)

    changed = staff.post(address(DefinitionVersion, "change", draft.pk),
                         definition_form(statement="Otherwise."))  # fmt: skip
    assert changed.status_code == 302
    staff.post(
        address(DefinitionVersion, "changelist"),
        {"action": "publish", "_selected_action": [draft.pk, first.pk]},
    )
    draft.refresh_from_db()
    assert (draft.state, draft.statement, draft.is_current) == ("published", "Otherwise.", True)
    assert draft.criterion_versions.count() == 1


def wording_form(**fields: Any) -> dict[str, Any]:
    return {"title": "Sound", "question": "Is it sound?", "guidance": "Look.", **fields}


def test_a_criterion_is_worded_anew_and_what_was_asked_before_stays(staff: Client) -> None:
    first = make_criterion("sound")
    add = address(CriterionVersion, "add")
    form = wording_form(criterion=first.criterion_id)
    assert staff.post(add, {**form, "question": ""}).status_code == 200
    assert staff.post(add, form).status_code == 302
    again = staff.post(add, {**form, "new_question": "on"})
    assert "in force already" in again.content.decode()
    other = {**form, "positive_example": "Two and two.", "new_question": "on"}
    assert staff.post(add, other).status_code == 302
    assert list(
        first.criterion.versions.order_by("number").values_list(
            "number", "meaning", "is_current", "question", "positive_example"
        )
    ) == [
        (1, 1, False, first.question, ""),
        (2, 1, False, "Is it sound?", ""),
        (3, 2, True, "Is it sound?", "Two and two."),
    ]
    page = staff.get(address(CriterionVersion, "change", first.pk)).content.decode()
    assert first.question in page
    assert 'name="question"' not in page


def test_a_criterion_made_in_the_admin_gets_its_first_wording(staff: Client) -> None:
    made = staff.post(
        address(Criterion, "add"),
        {
            "key": "fresh",
            "level": "output",
            "answered_by": "judge",
            "position": 5,
            "versions-TOTAL_FORMS": 0,
            "versions-INITIAL_FORMS": 0,
        },
    )
    assert made.status_code == 302
    fresh = Criterion.objects.get(key="fresh")
    staff.post(address(CriterionVersion, "add"), wording_form(criterion=fresh.pk))
    wording = fresh.versions.get()
    assert (wording.number, wording.meaning, wording.is_current) == (1, 1, True)


def test_a_draft_with_a_criterion_without_words_is_not_published(staff: Client) -> None:
    Criterion.objects.create(key="silent", level="output", answered_by="judge")
    make_criterion("sound")
    first = make_definition("mine", "sound")
    staff.post(
        address(DefinitionVersion, "add"),
        definition_form(definition=first.definition_id, rule='"silent"'),
    )
    draft = DefinitionVersion.objects.get(number=2)
    page = staff.post(
        address(DefinitionVersion, "changelist"),
        {"action": "publish", "_selected_action": [draft.pk]},
        follow=True,
    ).content.decode()
    assert "criteria that have no wording yet: silent." in page
    draft.refresh_from_db()
    assert draft.state == "draft"


def finding_form(**fields: Any) -> dict[str, Any]:
    return {"value": "yes", "source": "evidence", "link": "https://example.org/paper", **fields}


def test_a_finding_is_entered_and_superseded(staff: Client) -> None:
    wording = make_criterion("probed", level="mechanism", answered_by="evidence")
    model = make_model()
    for value in ("yes", "no"):
        response = staff.post(
            address(Finding, "add"),
            finding_form(criterion_version=wording.pk, model=model.pk, value=value),
        )
        assert response.status_code == 302
    first, second = Finding.objects.order_by("pk")
    assert (first.is_current, second.is_current, second.supersedes) == (False, True, first)
    assert second.created_by is not None

    staff.post(
        address(Finding, "changelist"), {"action": "withdraw", "_selected_action": [second.pk]}
    )
    second.refresh_from_db()
    assert second.withdrawn_at is not None
    assert not Finding.objects.current().exists()


def test_an_impossible_finding_is_refused_in_words(staff: Client) -> None:
    probed = make_criterion("probed", level="mechanism", answered_by="evidence")
    judged = make_criterion("judged")
    model, output = make_model(), make_output()
    for fields, words in (
        ({"criterion_version": probed.pk}, "about exactly one output"),
        (
            {"criterion_version": probed.pk, "model": model.pk, "output": output.pk},
            "about exactly one output",
        ),
        ({"criterion_version": probed.pk, "model": model.pk, "link": ""}, "needs its link"),
        ({"criterion_version": judged.pk, "model": model.pk}, "Select a valid choice"),
    ):
        response = staff.post(address(Finding, "add"), finding_form(**fields))
        assert response.status_code == 200
        assert words in response.content.decode()
        assert "is violated" not in response.content.decode()
    assert not Finding.objects.exists()
