"""Celery tasks of the activity stage."""

from celery import shared_task

from evaluations.activity.notices import digests


@shared_task(name="activity.send_digests", ignore_result=True)
def send_digests() -> None:
    """Send notices by mail to those for whom it is time."""
    digests.send_digests()
