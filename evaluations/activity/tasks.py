"""Celery tasks of the activity stage."""

from celery import shared_task
from django.db import transaction

from evaluations.activity.flags import backlog
from evaluations.activity.notices import digests


@shared_task(name="activity.send_digests", ignore_result=True)
def send_digests() -> None:
    """Send notices by mail to those for whom it is time."""
    digests.send_digests()


@shared_task(name="activity.remind", ignore_result=True)
def remind() -> None:
    """Remind moderators of what waits for more than a day."""
    with transaction.atomic():
        backlog.remind()
