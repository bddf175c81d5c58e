from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluations.exchange.studies.archive import written_at
from evaluations.exchange.studies.freezing import write_frozen
from evaluations.exchange.studies.named import NoSuchStudy, add_names, study_named


class Command(BaseCommand):
    help = (
        "Freeze a protocol, a run or a collection: the files of export_study with every board, "
        "how it is cited, and check_release.py, which makes every number again without the site."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_names(parser)
        parser.add_argument("target", type=Path, help="a new folder, or a file that ends in .zip")

    def handle(self, *args: Any, target: Path, **options: Any) -> None:
        try:
            study = study_named(options)
            with written_at(target) as place:
                manifest = write_frozen(study, place, site=options["site"])
        except (NoSuchStudy, OSError) as problem:
            raise CommandError(str(problem)) from problem
        boards = manifest["files"].get("boards.jsonl", {}).get("lines", 0)
        self.stdout.write(f"{len(manifest['files'])} files with {boards} rows of boards.")
        for why, count in manifest["left_out"].items():
            self.stdout.write(f"Left out: {count:,} {why}.")
        self.stdout.write(f"Written to {target}.")
