"""Freezing, tampering and checking, in one call each."""

from io import StringIO

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from evaluations.accounts.models import User
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Answer
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.snapshots.actions import freeze_board
from evaluations.runs.models import Output


def freeze(version: DefinitionVersion, actor: User, question: Question | None = None) -> Snapshot:
    return freeze_board(version=version, question=question or Question(), actor=actor)


def tamper(table: str, key: int, change: str) -> None:
    """Rewrite a row as somebody with the database's password could."""
    with connection.cursor() as cursor:
        # Constraints that wait for the end of the transaction would forbid altering the table.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
        column = "output_id" if table == "runs_grade" else "id"
        cursor.execute(f"UPDATE {table} SET {change} WHERE {column} = %s", [key])
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")


def command(*arguments: str) -> tuple[int, str]:
    """Exit status and output of `manage.py check_snapshot`."""
    out = StringIO()
    try:
        call_command("check_snapshot", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def first_answer() -> int:
    return Answer.objects.filter(criterion__key="one").earliest("id").pk


def first_output() -> int:
    return Output.objects.earliest("id").pk
