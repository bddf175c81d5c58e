from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluations.exchange.eee.writing import write_board
from evaluations.exchange.studies.archive import written_at
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.snapshots.names import SnapshotName


class Command(BaseCommand):
    help = (
        "Write a frozen board as files of Every Eval Ever 0.3.0, an aggregate and its samples for "
        "each model with its recipe, to a new folder or a new .zip, with a report of what these "
        "files cannot hold."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "name",
            help="a day and the hash, 2026-11-23-0f3a9c1e; or DEFINITION/2026-11-23-0f3a9c1e",
        )
        parser.add_argument("target", type=Path, help="a new folder, or a file that ends in .zip")
        parser.add_argument(
            "--site", default="", metavar="URL", help="the site's address, for links in the files"
        )

    def handle(self, *args: Any, name: str, target: Path, **options: Any) -> None:
        snapshot = snapshot_named(name)
        try:
            with written_at(target) as place:
                manifest = write_board(snapshot, place, site=options["site"].rstrip("/"))
        except OSError as problem:
            raise CommandError(str(problem)) from problem
        for path, file in manifest["files"].items():
            if "lines" in file:
                self.stdout.write(f"{file['lines']:>9,}  {path}")
        for why, count in manifest["left_out"].items():
            self.stdout.write(f"Left out: {count:,} {why}.")
        self.stdout.write(f"Written to {target}.")


def snapshot_named(name: str) -> Snapshot:
    """The one snapshot of this name.

    Raises:
        CommandError: where there is none, or two definitions share it.
    """
    slug, _, last = name.strip("/").rpartition("/")
    try:
        rows = Snapshot.objects.named(*SnapshotName().to_python(last))
    except ValueError as error:
        raise CommandError(
            f"“{last}” names no snapshot: a name is a day and the first eight digits of the hash, "
            "such as 2026-11-23-0f3a9c1e."
        ) from error
    found = list(rows.of_definition(slug) if slug else rows)
    if not found:
        raise CommandError(f"There is no snapshot “{name}”.")
    if len(found) > 1:
        slugs = ", ".join(sorted(f"{each.version.definition.slug}/{last}" for each in found))
        raise CommandError(f"Several snapshots are called so. Name one of {slugs}.")
    return found[0]
