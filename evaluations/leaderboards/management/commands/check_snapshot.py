from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluations.leaderboards.models import RowKind, Snapshot
from evaluations.leaderboards.snapshots.check import Checked, check_snapshot
from evaluations.leaderboards.snapshots.names import SnapshotName

SHOWN = 10
USAGE, TAMPERED = 2, 1


class Command(BaseCommand):
    help = (
        "Check that frozen leaderboards are what they were: the hash, every row that it covers, "
        "and the numbers, made again from exactly those rows. The exit status is 1 only where "
        "something was tampered with; rows that were withdrawn, superseded or erased are counted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help="a day and the hash: 2026-11-23-0f3a9c1e"
        )
        parser.add_argument("--all", action="store_true", help="every snapshot of the site")

    def handle(self, *args: Any, names: Sequence[str], **options: Any) -> None:
        if bool(names) == bool(options["all"]):
            raise CommandError("Name one snapshot or more, or say --all.", returncode=USAGE)
        failed = total = 0
        for snapshot in every() if options["all"] else named(names):
            checked = check_snapshot(snapshot)
            self.stdout.write("\n".join(report(checked)))
            total += 1
            failed += not checked.holds
        if failed:
            raise CommandError(
                f"{failed} of {total} snapshots do not match what was frozen.", returncode=TAMPERED
            )
        self.stdout.write(f"{total} snapshot{'' if total == 1 else 's'} checked: no mismatch.")


def every() -> Iterable[Snapshot]:
    return Snapshot.objects.select_related("version__definition").order_by("pk").iterator()


def named(names: Sequence[str]) -> list[Snapshot]:
    """The snapshots of these names, which two definitions may share.

    Raises:
        CommandError: for a name that is none, or that no snapshot has.
    """
    found: list[Snapshot] = []
    for name in names:
        try:
            rows = list(Snapshot.objects.named(*SnapshotName().to_python(name)))
        except ValueError:
            rows = []
        if not rows:
            raise CommandError(f"There is no snapshot “{name}”.", returncode=USAGE)
        found += rows
    return found


def report(checked: Checked) -> list[str]:
    """The outcome in lines."""
    snapshot = checked.snapshot
    lines = [f"{snapshot.version.definition.slug}/{snapshot.name}"]
    if snapshot.withdrawn_at:
        lines.append(f"  withdrawn: {snapshot.withdrawn_reason}")
    if checked.hash_holds:
        lines.append(f"  record     gives the hash {snapshot.digest}")
    else:
        lines.append("  record     MISMATCH: what is kept of it does not give its hash")
    for kind, kept in checked.rows.items():
        if not kept.used:
            continue
        later = "written since" if kind == RowKind.FAILED else "superseded since"
        lines.append(
            f"  {kind.value:<10} {kept.used} used, {kept.found} found, "
            f"{kept.withdrawn} withdrawn since, {kept.superseded} {later}, "
            f"{len(kept.changed)} changed"
        )
        if kept.changed:
            keys = ", ".join(map(str, kept.changed[:SHOWN]))
            more = f" and {len(kept.changed) - SHOWN} more" * (len(kept.changed) > SHOWN)
            lines.append(f"             MISMATCH: {kind.label} {keys}{more}")
    lines += [f"  record     MISMATCH: {text}" for text in checked.record]
    if checked.again:
        same = checked.again == snapshot.digest
        lines.append(
            "  database   gives the same hash"
            if same
            else f"  database   MISMATCH: it gives {checked.again}"
        )
    if checked.differences is None:
        lines.append(f"  board      PARTIAL: {checked.partial}")
    elif checked.differences:
        lines += [f"  board      MISMATCH: {text}" for text in checked.differences[:SHOWN]]
    else:
        lines.append("  board      made again from exactly these rows: the same numbers")
    return lines
