"""Notices by mail: one mail a day or a week, only with something unread, each event once.

A digest is noted as sent before it is sent. So a worker that dies loses one mail at worst, and
never sends one again and again.
"""

import datetime as dt
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Final

import structlog
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from evaluations.accounts.models import Digest, User
from evaluations.accounts.standing import confirmed_address
from evaluations.activity.models import Event
from evaluations.activity.notices.told import Notice, grouped, told_to

log = structlog.get_logger(__name__)

EVERY: Final = {Digest.DAILY: dt.timedelta(days=1), Digest.WEEKLY: dt.timedelta(days=7)}
REFUSALS: Final = 3
"""Mails in a row that the server refused for the address before no more are sent."""
SALT: Final = "digest"


def send_digests(now: dt.datetime | None = None) -> int:
    """Send each digest that is due; how many were sent. Without a mail server the log says so."""
    now = now or timezone.now()
    due = Q()
    for digest, every in EVERY.items():
        due |= Q(digest=digest) & (Q(mailed_at=None) | Q(mailed_at__lte=now - every))
    waiting = list(User.objects.filter(due, is_active=True).values_list("pk", flat=True))
    if waiting and not settings.EMAIL_HOST:
        log.info("Digests are due, and there is no mail server.", people=len(waiting))
        return 0
    return sum(send_digest(key, now) for key in waiting)


def send_digest(key: int, now: dt.datetime) -> bool:
    """Send one person's digest; whether there was one to send and it was taken."""
    with transaction.atomic():
        # Two workers that are about it at once: the second passes by.
        person = User.objects.select_for_update(skip_locked=True).filter(pk=key).first()
        if person is None or person.digest == Digest.OFF or is_too_early(person, now):
            return False
        address, events = confirmed_address(person), unmailed(person)
        if not address or not events:
            return False
        before = person.mailed_event
        User.objects.filter(pk=key).update(mailed_event=events[0].pk, mailed_at=now)
    mail = as_mail(person, address, grouped(events, seen=0))
    try:
        mail.send()
    except SMTPRecipientsRefused:
        User.objects.filter(pk=key).update(
            mailed_event=before, refused_mails=F("refused_mails") + 1
        )
        off = User.objects.filter(pk=key, refused_mails__gte=REFUSALS).update(digest=Digest.OFF)
        log.warning("A digest was refused for its address.", person=key, switched_off=bool(off))
        return False
    except (SMTPException, OSError) as error:
        User.objects.filter(pk=key).update(mailed_event=before, mailed_at=person.mailed_at)
        log.error("A digest could not be sent.", person=key, error=type(error).__name__)
        return False
    User.objects.filter(pk=key).update(refused_mails=0)
    return True


def is_too_early(person: User, now: dt.datetime) -> bool:
    """Whether a digest went out since this one became due."""
    every = EVERY[Digest(person.digest)]
    return person.mailed_at is not None and person.mailed_at > now - every


def unmailed(person: User) -> list[Event]:
    """What somebody has neither read nor been mailed, the newest first."""
    known = max(person.seen_event, person.mailed_event)
    return list(told_to(person, after=known).with_rows().order_by("-pk"))


def as_mail(person: User, address: str, notices: list[Notice]) -> EmailMessage:
    """The mail, with the header by which a mail program ends them at one press (RFC 8058)."""
    origin = person.mail_origin.rstrip("/")
    stop = f"{origin}{reverse('unsubscribe', args=[token_of(person)])}"
    n = len(notices)
    context = {"person": person, "notices": notices, "origin": origin, "stop": stop}
    return EmailMessage(
        subject=f"{n} new notice{'' if n == 1 else 's'} · By What Definition?",
        body=render_to_string("activity/digest.txt", context),
        to=[address],
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def token_of(person: User) -> str:
    """What ends somebody's digests and nothing else, for whoever has their mail."""
    return signing.dumps(person.pk, salt=SALT)


def unsubscribe(*, token: str) -> User | None:
    """End the digests of whoever a token names; None for one that this site did not make."""
    try:
        key = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    User.objects.filter(pk=key).update(digest=Digest.OFF)
    return User.objects.filter(pk=key).first()
