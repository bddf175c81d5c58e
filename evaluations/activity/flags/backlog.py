"""All that waits for a moderator: how much, since when, and a reminder once a day."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models import F, Model, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from evaluations.accounts.models import Role, User
from evaluations.activity.models import Appeal, Event, Flag
from evaluations.activity.querysets import REWORDED_WITHIN
from evaluations.common.events import tell
from evaluations.curation.models import Placement
from evaluations.runs.models import Output, Report

PATIENCE: Final = dt.timedelta(hours=24)
"""How long something waits before moderators are reminded, and how long they then have peace."""
REMINDER: Final = "moderation-waits"


@dataclass(frozen=True, slots=True)
class Backlog:
    """Flags, reports on public outputs and appeals that nobody decided yet."""

    waiting: int
    since: dt.datetime | None
    about: Model | None
    """What the oldest is about, or belongs to, as an event has it."""


def backlog() -> Backlog:
    """What waits now; six queries."""
    flags = Flag.objects.for_moderators().on_what_is_read()
    reports = Report.objects.open().filter(output__in=Output.objects.public())
    appeals = Appeal.objects.waiting()
    oldest: list[tuple[dt.datetime, Model]] = []
    again = F("asked_at") + REWORDED_WITHIN
    dated = flags.with_targets().annotate(waits_since=Coalesce(again, F("made_at")))
    if (flag := dated.order_by("waits_since", "pk").first()) is not None:
        target = flag.target
        row = target.collection if isinstance(target, Placement) else target
        oldest.append((vars(flag)["waits_since"], row))
    if (report := reports.select_related("output").first()) is not None:
        oldest.append((report.created_at, report.output))
    if (appeal := appeals.first()) is not None:
        oldest.append((appeal.made_at, appeal.decision))
    since, about = min(oldest, key=lambda each: each[0], default=(None, None))
    return Backlog(flags.count() + reports.count() + appeals.count(), since, about)


def remind(now: dt.datetime | None = None) -> bool:
    """Tell moderators that something waits for more than a day, once a day; whether they were."""
    now, found = now or timezone.now(), backlog()
    if found.since is None or found.about is None or found.since > now - PATIENCE:
        return False
    if Event.objects.filter(kind=REMINDER, at__gt=now - PATIENCE).exists():
        return False
    moderators = User.objects.filter(Q(is_staff=True) | Q(role=Role.MODERATOR), is_active=True)
    tell(
        REMINDER, found.about, actor=None, title="the queue",
        concerns=list(moderators.values_list("pk", flat=True)),
    )  # fmt: skip
    return True
