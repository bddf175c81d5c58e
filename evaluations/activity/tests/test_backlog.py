"""What waits for a moderator: counted, shown with its age, and brought to mind once a day."""

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.appeals.actions import appeal
from evaluations.activity.flags.actions import decide_flags, flag
from evaluations.activity.flags.backlog import PATIENCE, backlog, remind
from evaluations.activity.models import Decision
from evaluations.activity.notices.told import notices_for
from evaluations.activity.tasks import remind as task
from evaluations.curation.tests.cast import make_shown
from evaluations.judgments.tests.cast import make_output, make_user
from evaluations.runs.actions import report_output
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db
WHY = {"reason": "other", "sentence": "It fits."}
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def mod() -> User:
    return make_user("mod", role="moderator")


def reminders(person: User) -> list[str]:
    return [each.address for each in notices_for(person) if "waits for a mod" in each.sentence]


def test_moderators_are_reminded_once_a_day_until_somebody_decides(mod: User) -> None:
    item = make_shown(make_user("ada")).placements.earliest("pk")
    now = timezone.now()
    assert not remind(now + PATIENCE * 2)
    bob = make_user("bob")
    flag(person=bob, target=item, reason="abuse")
    assert not remind(now + PATIENCE - HOUR)
    assert remind(now + PATIENCE + HOUR)
    assert not remind(now + PATIENCE - HOUR)
    assert reminders(mod) == ["/moderation/queue/"]
    assert reminders(bob) == []
    decide_flags(target=item, actor=mod, verb="keep", **WHY)
    assert not remind(now + PATIENCE * 9)


def test_all_that_waits_is_counted_and_the_oldest_is_as_old_as_it_is(mod: User) -> None:
    assert backlog().waiting == 0
    ada = make_user("ada")
    made = make_shown(ada)
    flag(person=make_user("bob"), target=made, reason="abuse")
    decide_flags(target=made, actor=mod, verb="ask to reword", **WHY)
    appeal(decision=Decision.objects.get(), person=ada, words="It is clear.")
    assert (backlog().waiting, backlog().about) == (1, Decision.objects.get())
    output = make_output()
    report_output(output=output, reason="harmful", text="It shouts.")
    flag(person=make_user("eve"), target=made.placements.earliest("pk"), reason="off-topic")
    assert backlog().waiting == 3
    Run.objects.filter(pk=output.run_id).update(visibility="private")
    assert backlog().waiting == 2, "what is private waits for who may read it"


def test_a_reminder_gives_nobody_a_say_in_what_waits(mod: User) -> None:
    ada = make_user("ada")
    made = make_shown(ada)
    flag(person=make_user("bob"), target=made, reason="abuse")
    decide_flags(target=made, actor=mod, verb="ask to reword", **WHY)
    appeal(decision=Decision.objects.get(), person=ada, words="It is clear.")
    assert remind(timezone.now() + PATIENCE)
    assert Decision.objects.get().concerns(ada)
    assert not Decision.objects.get().concerns(mod)


def test_the_task_is_due_every_hour() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["remind_moderators"]
    assert (entry["task"], entry["schedule"]) == (task.name, 3600.0)
    task()


def test_decisions_have_keys_that_one_can_switch_off(mod: User) -> None:
    item = make_shown(make_user("ada")).placements.earliest("pk")
    flag(person=make_user("bob"), target=item, reason="abuse")
    client = Client()
    client.force_login(mod)
    path = f"/moderation/queue/item/{item.pk}/"
    page = client.get(path).content.decode()
    assert [f'data-digit="{n}"' in page for n in range(1, 6)] == [True, True, False, True, False]
    assert "data-no-single-keys" not in page.split('id="keep"')[0].rpartition("<form")[2]
    User.objects.filter(pk=mod.pk).update(single_keys=False)
    page = client.get(path).content.decode()
    assert "data-no-single-keys" in page.split('id="keep"')[0].rpartition("<form")[2]
