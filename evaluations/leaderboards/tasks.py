"""Celery tasks of the leaderboards stage, harmless to lose or to run twice."""

from celery import shared_task

from evaluations.leaderboards.matrix.fresh import forget_old_changes


@shared_task(name="leaderboards.forget_old_changes", ignore_result=True)
def forget_changes() -> None:
    """Cut the log of changes that the matrix follows."""
    forget_old_changes()
