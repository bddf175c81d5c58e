from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluations.exchange.bigbench_mistake import load_bigbench_mistake
from evaluations.exchange.reading import ImportRefused

SHOWN = 20


class Command(BaseCommand):
    help = "Import the traces of BIG-Bench Mistake with the first mistakes that people marked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="holds one .jsonl file a task")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            loaded = load_bigbench_mistake(folder=folder)
        except ImportRefused as refused:
            lines = [str(problem) for problem in refused.problems[:SHOWN]]
            if more := len(refused.problems) - SHOWN:
                lines += [f"and {more} more"] * (more > 0)
            raise CommandError("\n".join(["Nothing was imported.", *lines])) from refused
        self.stdout.write(
            f"{loaded.outputs} traces with {loaded.steps} steps were imported, "
            f"{loaded.mistakes} of them with a mistake; {loaded.known} were there already."
        )
        for run in loaded.runs:
            self.stdout.write(f"{run.prompt_set}: {run.get_absolute_url()}")
