"""Celery tasks of the whole site."""

from celery import shared_task

from evaluations.pages.backups import make_nightly_backup


@shared_task(name="pages.back_up", ignore_result=True)
def back_up() -> None:
    """Write the nightly backup; one that fails is in the log, and `/health/` shows its age."""
    make_nightly_backup()
