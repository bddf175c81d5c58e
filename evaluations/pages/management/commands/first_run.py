from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from evaluations.runs.loading import launch_first_run


class Command(BaseCommand):
    help = "On a site without runs, launch the default model with both recipes on two prompt sets."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.FIRST_RUN:
            self.stdout.write("First run: left out, since FIRST_RUN is 0.")
            return
        runs = launch_first_run(limit=settings.FIRST_RUN_LIMIT or None)
        outputs = sum(run.outputs.count() for run in runs)
        if runs:
            self.stdout.write(f"First run: {len(runs)} runs with {outputs} outputs are queued.")
