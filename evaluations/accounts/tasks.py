"""Celery tasks of the accounts stage."""

from celery import shared_task

from evaluations.accounts import reset


@shared_task(name=reset.SEND, ignore_result=True)
def send_reset_links(email: str, origin: str) -> None:
    """Send the links that somebody asked for, if the address has an account."""
    reset.send_links(email, origin)
