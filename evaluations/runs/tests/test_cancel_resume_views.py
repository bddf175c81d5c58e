"""Cancelling a run and queueing again what failed or was cancelled."""

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.runs.models import Run
from tests.cast import make_output, make_researcher, make_run, make_staff, make_user

pytestmark = pytest.mark.django_db


def states(run: Run) -> list[str]:
    return sorted(run.outputs.values_list("state", flat=True))


def test_cancel_asks_first_and_then_cancels_what_waits(client: Client) -> None:
    researcher = make_researcher()
    run = make_run(launched_by=researcher)
    make_output(run=run)
    make_output(run=run, state="pending")
    client.force_login(researcher)
    asked = client.get(f"/runs/{run.pk}/cancel/").content.decode()
    assert "1 waiting output will not be written" in asked
    assert states(run) == ["done", "pending"]
    response = client.post(f"/runs/{run.pk}/cancel/")
    assert (response.status_code, response["Location"]) == (303, f"/runs/{run.pk}/")
    assert states(run) == ["cancelled", "done"]
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert f"Run {run.pk} is cancelled. What it wrote stays." in page


def test_cancelling_a_finished_run_changes_nothing(client: Client) -> None:
    researcher = make_researcher()
    run = make_run(launched_by=researcher)
    make_output(run=run)
    client.force_login(researcher)
    assert "Nothing is left to cancel" in client.get(f"/runs/{run.pk}/cancel/").content.decode()
    client.post(f"/runs/{run.pk}/cancel/")
    run.refresh_from_db()
    assert run.cancelled_at is None


def test_resume_queues_failed_and_cancelled_again(client: Client) -> None:
    run = make_run(cancelled_at=timezone.now())
    make_output(run=run)
    make_output(run=run, state="failed", error="no")
    make_output(run=run, state="cancelled")
    client.force_login(make_staff())
    response = client.post(f"/runs/{run.pk}/resume/", follow=True)
    assert "2 outputs queued again." in response.content.decode()
    assert states(run) == ["done", "pending", "pending"]
    run.refresh_from_db()
    assert run.cancelled_at is None


def test_an_archived_model_is_not_asked_again(client: Client) -> None:
    run = make_run()
    make_output(run=run, state="failed", error="no")
    type(run.model).objects.update(is_archived=True)
    client.force_login(make_staff())
    response = client.post(f"/runs/{run.pk}/resume/", follow=True)
    assert "is archived: it is not asked any more." in response.content.decode()
    assert states(run) == ["failed"]


def test_what_was_withdrawn_is_not_queued_again(client: Client) -> None:
    run = make_run(launched_by=make_researcher("owner"), withdrawn_at=timezone.now())
    make_output(run=run, state="cancelled")
    client.force_login(make_staff())
    assert 'id="resume"' not in client.get(f"/runs/{run.pk}/").content.decode()
    page = client.post(f"/runs/{run.pk}/resume/", follow=True).content.decode()
    assert "It was withdrawn, so nothing of it is asked again." in page
    assert states(run) == ["cancelled"]


@pytest.mark.parametrize("verb", ["cancel", "resume"])
def test_others_are_told_who_may(client: Client, verb: str) -> None:
    run = make_run()
    make_output(run=run, state="pending")
    make_output(run=run, state="failed")
    for user in (None, make_user()):
        if user is not None:
            client.force_login(user)
        response = client.post(f"/runs/{run.pk}/{verb}/")
        assert response.status_code == 403
        assert "staff and researchers" in response.content.decode()
    assert states(run) == ["failed", "pending"]


def test_a_run_is_stopped_and_resumed_by_who_launched_it_and_by_staff(client: Client) -> None:
    owner, former = make_researcher("owner"), make_user("former")
    cases = [
        (owner, owner, True),
        (owner, make_staff(), True),
        (owner, make_researcher(), False),
        (None, owner, False),
        (None, make_staff("chief"), True),
        (former, former, False),
    ]
    for launched_by, user, may in cases:
        run = make_run(launched_by=launched_by)
        make_output(run=run, state="failed")
        make_output(run=run, state="pending")
        client.force_login(user)
        page = client.get(f"/runs/{run.pk}/").content.decode()
        assert ('id="cancel"' in page, 'id="resume"' in page) == (may, may)
        asked = client.get(f"/runs/{run.pk}/cancel/")
        replies = [client.post(f"/runs/{run.pk}/{verb}/") for verb in ("resume", "cancel")]
        assert {reply.status_code for reply in replies} == ({303} if may else {403})
        assert states(run) == (["cancelled", "cancelled"] if may else ["failed", "pending"])
        if not may and user is not former:
            for reply in (asked, *replies):
                assert "cancelled and resumed by who started it" in reply.content.decode()


def test_resume_is_not_done_by_a_link(client: Client) -> None:
    client.force_login(make_staff())
    assert client.get(f"/runs/{make_run().pk}/resume/").status_code == 405
