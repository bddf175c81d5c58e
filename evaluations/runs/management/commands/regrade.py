from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluations.grading import GRADERS
from evaluations.prompts.models import PromptSet
from evaluations.runs.actions import regrade


class Command(BaseCommand):
    help = (
        "Grade anew what other versions of the graders or of the answer finder graded. Earlier "
        "grades stay, boards show the new ones, and snapshots keep theirs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would change only")
        parser.add_argument("--grader", default="", choices=sorted(GRADERS))
        parser.add_argument("--prompt-set", default="", metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        prompt_set, dry_run = options["prompt_set"], options["dry_run"]
        if prompt_set and not PromptSet.objects.filter(slug=prompt_set).exists():
            raise CommandError(f"There is no prompt set “{prompt_set}”.")
        changes = regrade(grader=options["grader"], prompt_set=prompt_set, dry_run=dry_run)
        for (grader, before, after), count in sorted(changes.items(), key=str):
            same = ", as before" if before == after else ""
            self.stdout.write(f"{grader:<9} {shown(before)} to {shown(after)}: {count}{same}")
        would_be = "would be" if dry_run else "were"
        self.stdout.write(f"{changes.total()} outputs {would_be} graded anew.")


def shown(score: float | None) -> str:
    return "no grade" if score is None else f"{score:g}"
