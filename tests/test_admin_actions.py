"""The admin: what is done to rows that nobody may write, and by whom."""

import pytest
from django.db.models import Model
from django.test import Client

from evaluations.judgments.models import Answer, Judgment
from evaluations.prompts.models import Prompt
from evaluations.runs.models import (
    LanguageModel,
    Output,
    Report,
    Run,
)
from tests.cast import (
    make_output,
    make_prompt,
    make_run,
    make_staff,
    make_user,
)
from tests.test_admin_pages import address, make_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_staff())
    return client


def act(staff: Client, model: type[Model], action: str, row: Model) -> None:
    response = staff.post(
        address(model, "changelist"), {"action": action, "_selected_action": [row.pk]}
    )
    assert response.status_code == 302


def test_withdrawing_takes_rows_off_the_site(staff: Client) -> None:
    output = make_rows()
    act(staff, Output, "withdraw", output)
    assert staff.get(f"/outputs/{output.pk}/").status_code == 410
    judgment = Judgment.objects.filter(output=output).latest("id")
    act(staff, Judgment, "withdraw", judgment)
    judgment.refresh_from_db()
    assert judgment.withdrawn_at is not None
    assert not Answer.objects.filter(judgment=judgment, is_current=True).exists()
    other = make_output()
    act(staff, Run, "withdraw", other.run)
    assert staff.get(f"/outputs/{other.pk}/").status_code == 410


def test_reports_are_resolved(staff: Client) -> None:
    output = make_rows()
    report = output.reports.get()
    act(staff, Report, "resolve", report)
    report.refresh_from_db()
    assert report.resolved_at is not None
    act(staff, Report, "withdraw_reported", report)
    output.refresh_from_db()
    assert output.withdrawn_at is not None


def test_runs_are_cancelled_and_queued_again(staff: Client) -> None:
    run = make_run()
    waiting = make_output(run=run, state="pending")
    act(staff, Run, "cancel", run)
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    act(staff, Run, "queue_again", run)
    waiting.refresh_from_db()
    assert waiting.state == "pending"


def test_a_run_that_is_not_queued_again_says_why(staff: Client) -> None:
    waiting = make_output(run=make_run(), state="cancelled")
    LanguageModel.objects.update(is_archived=True)
    act(staff, Run, "queue_again", waiting.run)
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    page = staff.get(address(Run, "changelist")).content.decode()
    assert f"Run {waiting.run_id}: " in page
    assert "Outputs queued again: 0." in page


def test_staff_who_may_only_look_cannot_withdraw(client: Client) -> None:
    from django.contrib.auth.models import Permission

    looker = make_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_output"))
    client.force_login(looker)
    output = make_output()
    page = client.get(address(Output, "changelist"))
    assert page.status_code == 200
    assert "withdraw" not in page.content.decode().partition('name="action"')[2][:500]
    client.post(
        address(Output, "changelist"), {"action": "withdraw", "_selected_action": [output.pk]}
    )
    output.refresh_from_db()
    assert output.withdrawn_at is None


def test_what_a_run_rests_on_is_frozen(staff: Client) -> None:
    run = make_run()
    change = address(LanguageModel, "change", run.model_id)
    make_output(run=run, state="failed")
    assert 'name="path"' in staff.get(change).content.decode(), "nothing is written yet"
    make_output(run=run)
    page = staff.get(change).content.decode()
    assert 'name="path"' not in page
    assert 'name="name"' in page
    prompt = make_prompt()
    page = staff.get(address(Prompt, "change", prompt.pk)).content.decode()
    assert 'name="text"' not in page
    assert 'name="note"' in page
