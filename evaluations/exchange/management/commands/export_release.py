from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from evaluations.exchange.releases.release_actions import (
    ReleaseRefused,
    counts_of,
    make_release,
)
from evaluations.exchange.releases.writing import write_release
from evaluations.exchange.studies.archive import written_at


class Command(BaseCommand):
    help = (
        "Write all that everybody may read: the files of a study of the whole site with every "
        "board, protocols, collections and debates, a data card, croissant.json and "
        "check_release.py. To a new folder or a new .zip; where none is named, as a release that "
        "/data/ offers, if something changed since the last."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "target", type=Path, nargs="?", help="a new folder, or a file that ends in .zip"
        )
        parser.add_argument(
            "--site",
            default=settings.SITE_URL,
            metavar="URL",
            help="the site's address, for links; else SITE_URL",
        )

    def handle(self, *args: Any, target: Path | None, site: str, **options: Any) -> None:
        if not site.startswith(("https://", "http://")):
            raise CommandError(f"“{site}” is no address: write it as https://example.org.")
        try:
            if target is None:
                release, is_new = make_release(site=site.rstrip("/"))
                counts, where = release.counts, str(release.file)
            else:
                with written_at(target) as place:
                    counts = counts_of(write_release(place, site=site.rstrip("/")))
                is_new, where = True, str(target)
        except (OSError, ReleaseRefused) as problem:
            raise CommandError(str(problem)) from problem
        for name, lines in counts["lines"].items():
            self.stdout.write(f"{lines:>9,}  {name}.jsonl")
        for why, count in counts["left_out"].items():
            self.stdout.write(f"Left out: {count:,} {why}.")
        self.stdout.write(f"Written to {where}." if is_new else f"Nothing changed since {where}.")
