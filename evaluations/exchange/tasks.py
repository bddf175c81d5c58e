"""Celery tasks of the exchange stage, harmless to lose or to run twice."""

from celery import shared_task

from evaluations.exchange.loading import job_actions


@shared_task(name=job_actions.WORK, ignore_result=True)
def work() -> None:
    """Read and import what waits, and let go of what nobody imported."""
    job_actions.forget_left_lying()
    job_actions.work()
