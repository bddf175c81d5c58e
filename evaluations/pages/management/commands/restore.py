from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluations.pages.backups import BackupError
from evaluations.pages.restoring import restore_backup


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty DATA_DIR or an empty database, all of it or nothing. The"
        " exit status is 0 only where all counts agree and every frozen board is what it was."
    )
    requires_system_checks: list[str] = []  # some of them read tables, not yet made

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a file that the command backup made")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        try:
            restored = restore_backup(path)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored {restored.rows} rows of {restored.tables} tables; all counts agree."
            f" {restored.snapshots - len(restored.broken)} of {restored.snapshots} frozen boards"
            " are what they were."
        )
        if not restored.same_catalogue:
            self.stdout.write("This release has another catalogue; `load_catalogue` brings it in.")
        if restored.broken:
            raise CommandError(
                "The rows are restored, and these frozen boards do not match them: "
                + ", ".join(restored.broken)
            )
