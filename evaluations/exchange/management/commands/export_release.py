from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluations.exchange.releases.writing import write_release
from evaluations.exchange.studies.archive import written_at


class Command(BaseCommand):
    help = (
        "Write all that everybody may read: the files of a study of the whole site with every "
        "board, protocols, collections and debates, a data card, croissant.json and "
        "check_release.py, to a new folder or a new .zip."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, help="a new folder, or a file that ends in .zip")
        parser.add_argument(
            "--site", required=True, metavar="URL", help="the site's address, for links"
        )

    def handle(self, *args: Any, target: Path, site: str, **options: Any) -> None:
        if not site.startswith(("https://", "http://")):
            raise CommandError(f"“{site}” is no address: write it as https://example.org.")
        try:
            with written_at(target) as place:
                manifest = write_release(place, site=site.rstrip("/"))
        except OSError as problem:
            raise CommandError(str(problem)) from problem
        for name, file in manifest["files"].items():
            if "lines" in file:
                self.stdout.write(f"{file['lines']:>9,}  {name}")
        for why, count in manifest["left_out"].items():
            self.stdout.write(f"Left out: {count:,} {why}.")
        self.stdout.write(f"Written to {target}.")
