"""Celery tasks of the exchange stage, harmless to lose or to run twice."""

import structlog
from celery import shared_task
from django.conf import settings

from evaluations.exchange.loading import job_actions
from evaluations.exchange.releases.release_actions import ReleaseRefused, make_release
from evaluations.exchange.studies import export_actions

log = structlog.get_logger(__name__)


@shared_task(name=job_actions.WORK, ignore_result=True)
def work() -> None:
    """Read and import what waits, write the studies that wait, and let go of what lies too long."""
    job_actions.forget_left_lying()
    job_actions.work()
    export_actions.forget_old()
    export_actions.work()


@shared_task(name="exchange.release", ignore_result=True)
def release() -> None:
    """Write the night's data release, where what is public changed since the last."""
    try:
        made, is_new = make_release(site=settings.SITE_URL)
    except ReleaseRefused as refusal:
        log.info("No data release was written.", why=str(refusal))
    else:
        log.info("The data release stands.", release=made.name, new=is_new)
