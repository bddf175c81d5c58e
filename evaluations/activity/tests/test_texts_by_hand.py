"""A text by hand is taken off in public, without its writer's name, and its writer is told."""

import pytest
from django.test import Client

from evaluations.activity.appeals.actions import may_not_appeal
from evaluations.activity.models import Decision, Event
from evaluations.judgments.by_hand.tests.worlds import open_prompt, write, writer
from evaluations.judgments.tests.cast import make_judge, make_user
from evaluations.runs.actions import report_output
from evaluations.runs.moderation import decide_reports

pytestmark = pytest.mark.django_db


def test_moderators_take_a_text_off_in_public_and_its_writer_is_told() -> None:
    open_prompt()
    own = write(writer(make_judge(user=make_user("hypatia"))))
    moderator = make_user("mod", role="moderator")
    report_output(output=own.output, reason="harmful")
    decide_reports(
        output=own.output, actor=moderator, withdraw=True, reason="abuse", sentence="It insults."
    )
    decision = Decision.objects.get()
    assert (decision.kind, decision.verb) == ("output", "withdraw")
    assert "hypatia" not in f"{decision.label}{decision.sentence}"
    assert own.judge.user is not None
    assert may_not_appeal(decision, own.judge.user) == ""
    event = Event.objects.get(kind="decided")
    assert event.concerns.get().person == own.judge.user
    client = Client()
    client.force_login(own.judge.user)
    assert client.get(f"/outputs/{own.output_id}/").status_code == 410
    assert "taken off" in client.get("/answer/mine/").content.decode()
