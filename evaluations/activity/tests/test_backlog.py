"""What waits for a moderator: counted, shown with its age, and brought to mind once a day."""

import datetime as dt
from importlib import import_module

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity import querysets
from evaluations.activity.appeals.actions import appeal, decide_appeal
from evaluations.activity.flags.actions import decide_flags, flag
from evaluations.activity.flags.backlog import PATIENCE, backlog, remind
from evaluations.activity.flags.waiting import waiting_things
from evaluations.activity.models import Appeal, Decision, Flag
from evaluations.activity.notices.told import notices_for
from evaluations.activity.querysets import ASKS, REWORDED_WITHIN
from evaluations.activity.tasks import remind as task
from evaluations.curation.actions import describe
from evaluations.curation.placement_actions import annotate
from evaluations.curation.suggestions.actions import suggest
from evaluations.curation.tests.cast import make_shown
from evaluations.debates.actions import reword
from evaluations.debates.tests.cast import make_statement, make_version
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


def test_what_was_to_be_reworded_comes_back_after_seven_days_where_it_was_not(
    client: Client, mod: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, eve = (make_user(name) for name in ("ada", "bob", "eve"))
    made = make_shown(ada)
    left, mended = made.placements.order_by("pk")[:2]
    said = make_statement(make_version(), ada)
    also = make_statement(said.version, ada, "It leaves out what is counted aloud.")
    idea = suggest(collection=made, author=bob, target={"text": "Begin so."}, note="Too.")
    asked = (left, mended, said, also, idea, made, ada)
    for target in asked:
        flag(person=eve, target=target, reason="not-a-claim")
        decide_flags(target=target, actor=mod, verb="ask to reword", **WHY)
    client.force_login(ada)
    told = client.get(Decision.objects.earliest("pk").get_absolute_url()).content.decode()
    due = Decision.objects.earliest("pk").created_at + REWORDED_WITHIN
    assert f'if it is not reworded by <time datetime="{due.isoformat()}"' in told
    assert not waiting_things()
    annotate(item=mended, actor=ada, note="Its first step says so.")
    reword(statement=also, author=ada, text="It leaves out what is counted.")
    describe(collection=made, actor=ada, title="Three", why=made.why)
    annotate(item=left, actor=ada, note=left.note)
    monkeypatch.setattr(querysets, "REWORDED_WITHIN", HOUR * 0)
    back = [("placement", left.pk), ("statement", said.pk), ("suggestion", idea.pk),
            ("person", ada.pk)]  # fmt: skip
    assert waiting_things() == back
    asked_at = Decision.objects.filter(statement=said).get().created_at
    found = backlog()
    assert (found.waiting, found.about) == (4, made), "the item was decided about first"
    assert found.since is not None
    assert REWORDED_WITHIN > found.since - asked_at > REWORDED_WITHIN - HOUR, "not since the flag"
    client.force_login(mod)
    assert client.get("/moderation/queue/").content.decode().count("not reworded") == 4
    path = f"/moderation/queue/statement/{said.pk}/"
    assert 'id="not-reworded"' in client.get(path).content.decode()
    assert reword(statement=said, author=ada, text="It is late, and better."), "late is allowed"
    client.post(f"/moderation/queue/item/{left.pk}/", {**WHY, "press": "keep"})
    assert waiting_things() == back[2:]
    assert Flag.objects.get(placement=left).upheld, "who was right stays right"
    appeal(decision=Decision.objects.get(person=ada), person=ada, words="It is clear.")
    assert waiting_things() == back[2:3], "while somebody else looks at it, it waits there"


def test_an_appeal_that_let_it_stand_gives_seven_days_from_then(
    client: Client, mod: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = make_user("ada")
    said = make_statement(make_version(), ada)
    flag(person=make_user("eve"), target=said, reason="not-a-claim")
    decide_flags(target=said, actor=mod, verb="ask to reword", **WHY)
    row = Decision.objects.get()
    monkeypatch.setattr(querysets, "REWORDED_WITHIN", HOUR * 0)
    assert waiting_things()
    made = appeal(decision=row, person=ada, words="It is clear.")
    client.force_login(ada)
    told = row.get_absolute_url()
    assert 'id="reword-by"' not in client.get(told).content.decode()
    other = make_user("other", role="moderator")
    decide_appeal(appeal=made, actor=other, undo=False, sentence="It is not.")
    for heard, back in ((timezone.now() + HOUR, False), (row.created_at - HOUR, True)):
        Appeal.objects.update(decided_at=heard)
        due = heard + REWORDED_WITHIN
        assert f'datetime="{due.isoformat()}"' in client.get(told).content.decode()
        assert bool(waiting_things()) == back
    assert backlog().since == due


def test_what_was_asked_before_flags_had_the_time_of_their_decision_comes_back_too(
    mod: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, eve = make_user("ada"), make_user("eve")
    made = make_shown(ada)
    said = make_statement(make_version(), ada)
    left, kept = made.placements.order_by("pk")[:2]
    for target, verb in ((made, ASKS), (left, ASKS), (said, ASKS), (ada, ASKS), (kept, "keep")):
        flag(person=eve, target=target, reason="not-a-claim")
        decide_flags(target=target, actor=mod, verb=verb, **WHY)
    beside = Flag.objects.update(decided_at=F("decided_at") + dt.timedelta(milliseconds=1))
    assert beside == 5
    monkeypatch.setattr(querysets, "REWORDED_WITHIN", HOUR * 0)
    assert not waiting_things()
    migration = import_module("evaluations.activity.migrations.0004_flags_as_of_their_decision")
    with connection.cursor() as cursor:
        cursor.execute(migration.DATED)
    back = [("collection", made.pk), ("placement", left.pk), ("statement", said.pk)]
    assert waiting_things() == [*back, ("person", ada.pk)]
