"""Celery tasks of the exchange stage, harmless to lose or to run twice."""

from celery import shared_task

from evaluations.exchange.loading import job_actions
from evaluations.exchange.studies import export_actions


@shared_task(name=job_actions.WORK, ignore_result=True)
def work() -> None:
    """Read and import what waits, write the studies that wait, and let go of what lies too long."""
    job_actions.forget_left_lying()
    job_actions.work()
    export_actions.forget_old()
    export_actions.work()
