from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluations.pages.backups import BackupError, make_backup


class Command(BaseCommand):
    help = "Write a backup of the whole site to one file, also while the site runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the file to make; it must not exist yet")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        try:
            tables = make_backup(path)["tables"]
        except BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(table["rows"] for table in tables.values())
        self.stdout.write(
            f"{path}: {rows} rows of {len(tables)} tables, {path.stat().st_size} bytes."
            " It holds the secret key and what people entered: keep it private."
        )
