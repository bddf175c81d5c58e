import sys
from typing import Any

from django.core.management.base import BaseCommand

from evaluations.leaderboards.matrix.check import check
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.fresh import forget_old_changes


class Command(BaseCommand):
    help = (
        "Count what the judgment matrix and the database hold, and cut the log of changes to a"
        " week. Exits with 1 where the two differ, after reading the matrix anew."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = check()
        self.stdout.write(f"{'':<40} {'database':>12} {'matrix':>12}")
        for name in sorted({*found.database, *found.memory}):
            here, there = found.database.get(name, (0, 0)), found.memory.get(name, (0, 0))
            note = "" if here == there else "  differ"
            self.stdout.write(f"{name:<40} {here[0]:>12,} {there[0]:>12,}{note}")
        gone = forget_old_changes()
        self.stdout.write(f"{gone:,} changes older than a week were removed from the log.")
        if found.agrees:
            self.stdout.write("The matrix is what the database holds.")
            return
        current_matrix()
        self.stderr.write("They differ. The matrix was read anew.")
        sys.exit(1)
