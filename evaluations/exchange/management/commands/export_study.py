from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluations.exchange.studies.archive import written_at
from evaluations.exchange.studies.named import NoSuchStudy, add_names, study_named
from evaluations.exchange.studies.writing import write_study


class Command(BaseCommand):
    help = (
        "Write a protocol, a run or a collection with all that was answered: JSON Lines, a data "
        "card and a manifest, to a new folder or a new .zip. All that staff may read; "
        "with --public what everybody may."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_names(parser)
        parser.add_argument("target", type=Path, help="a new folder, or a file that ends in .zip")

    def handle(self, *args: Any, target: Path, **options: Any) -> None:
        try:
            study = study_named(options)
            with written_at(target) as place:
                manifest = write_study(study, place, site=options["site"])
        except (NoSuchStudy, OSError) as problem:
            raise CommandError(str(problem)) from problem
        for name, file in manifest["files"].items():
            if "lines" in file:
                self.stdout.write(f"{file['lines']:>9,}  {name}")
        for why, count in manifest["left_out"].items():
            self.stdout.write(f"Left out: {count:,} {why}.")
        self.stdout.write(f"Written to {target}.")
