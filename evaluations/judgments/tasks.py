"""Celery tasks of the judgments stage, all of them harmless to lose or to run twice."""

from celery import shared_task

from evaluations.accounts.visibility_actions import publish_due
from evaluations.judgments.answers.drafts import forget_old_drafts
from evaluations.judgments.items import queue
from evaluations.judgments.models import Protocol, ProtocolVersion
from evaluations.judgments.opinions import reading_actions as opinions
from evaluations.judgments.protocols.actions import close_ended
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import Run


@shared_task(name="judgments.sweep", ignore_result=True)
def sweep() -> None:
    """End leases and rounds that ran out, and add items for what was written since."""
    queue.sweep()
    close_ended()
    versions = ProtocolVersion.objects.filter(is_current=True, protocol__in=Protocol.objects.open())
    for version in versions:
        queue.fill_items(version)


@shared_task(name="judgments.read_opinions", ignore_result=True)
def read_opinions() -> None:
    """Read what model judges wrote since."""
    opinions.read_opinions()


@shared_task(name="judgments.publish", ignore_result=True)
def publish() -> None:
    """Make public what is due: sets before their runs, which are never wider read."""
    for kind in (PromptSet, Run, Protocol):
        publish_due(kind)


@shared_task(name="judgments.forget_drafts", ignore_result=True)
def forget_drafts() -> None:
    """Delete what was typed long ago and never saved."""
    forget_old_drafts()
