"""`manage.py dev`: the whole site on one machine, in the foreground."""

import io
import json
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from reasoning_site.embedded import access, broker
from reasoning_site.embedded.postgres import PostgresError, Server, home
from reasoning_site.embedded.preflight import (
    Refusal,
    check_disk,
    check_port,
    end_leftovers,
    record_processes,
    single_instance,
)
from reasoning_site.embedded.processes import Guardian
from reasoning_site.embedded.runner import Program, Runner, Stopped

HEALTH_SECONDS = 120.0
MANAGE = Path(settings.BASE_DIR) / "manage.py"
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - how to reach it


class Command(BaseCommand):
    help = "Runs the site: database, workers and web server; Ctrl-C stops all of it."
    requires_system_checks: list[str] = []  # some of them read the database, not yet started

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with single_instance(settings.DATA_DIR):
                for name in end_leftovers(settings.DATA_DIR):
                    self.stdout.write(f"Ended {name}, left over from a runner that was killed.")
                check_disk(settings.DATA_DIR, settings.DISK_FLOOR_MB)
                if settings.EMBEDDED_DATABASE:
                    check_disk(home(settings.DATA_DIR), settings.DISK_FLOOR_MB)
                else:  # else the server closes it, to all but its own user
                    access.close(settings.DATA_DIR, None)
                check_port(settings.HOST, settings.PORT)
                if settings.EMBEDDED_BROKER:
                    broker.clear(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
                code = run_site()
                record_processes(settings.DATA_DIR, {})
        except (Refusal, PostgresError) as error:
            raise CommandError(str(error)) from error
        sys.exit(code)


def run_site() -> int:
    """Start everything, serve until told to stop, stop everything; returns the exit code."""
    record = partial(record_processes, settings.DATA_DIR)
    guardian = Guardian()
    server = Server(settings.DATA_DIR, guardian=guardian) if settings.EMBEDDED_DATABASE else None
    code = 0
    with Runner(cwd=settings.BASE_DIR, guardian=guardian, record=record) as runner:
        try:
            if server is not None:
                started = time.monotonic()
                server.start()
                runner.watch("database", server.is_running)
                runner.say(
                    f"accepts connections after {time.monotonic() - started:.1f} s", "database"
                )
            prepare(runner)
            for program in programs():
                runner.start(program)
            wait_until_healthy(runner)
            runner.print(f"Ready: {address()}/")
            invite(runner)
            if settings.FIRST_RUN:
                runner.start(Program("first-run", manage("first_run"), essential=False))
            runner.wait()
        except Stopped as stopped:
            code = stopped.code
        finally:
            runner.stop()
            if server is not None:
                server.stop()
            guardian.close()
        return 130 if runner.killed else code


def programs() -> list[Program]:
    """The processes of the site, in the order of starting; lower ranks stop first.

    A worker may end and is started again: no reader waits for it, and it loses no output.
    """
    celery = [sys.executable, "-m", "celery", "-A", "reasoning_site"]
    level = ["--loglevel", settings.LOG_LEVEL]
    celery_worker = [*celery, "worker", "-P", "threads", "--without-gossip", "--without-mingle"]
    light = ["-Q", "default", "-c", "2", "-n", "light@%h"]
    # By itself, so that it is started again too; without a file of its pid, which outlives it.
    beat = ["beat", "--pidfile", "", "-s", str(settings.DATA_DIR / "beat-schedule")]
    web = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asginl",
        "reasoning_site.asgi:application",
        "--host",
        settings.HOST,
        "--port",
        str(settings.PORT),
        "--workers",
        str(settings.WEB_WORKERS),
        # Open event streams would otherwise hold Ctrl-C for ever.
        "--workers-kill-timeout",
        "2",
    ]
    worker = partial(Program, rank=1, essential=False, restarts=True)
    return [
        # Long enough to finish the outputs that are being written.
        worker("inference", manage("worker"), grace_seconds=20),
        worker("light", celery_worker + light + level, grace_seconds=15),
        worker("beat", celery + beat + level, grace_seconds=5),
        Program("web", web, rank=0, grace_seconds=6),
    ]


def prepare(runner: Runner) -> None:
    """Bring database, catalogue and static files up to date, in this process: it is faster.

    Between two steps a signal is heard (Stopped); no step is cut in the middle.
    """
    steps: list[tuple[str, dict[str, Any]]] = [
        ("migrate", {"interactive": False}),
        ("load_catalogue", {}),
    ]
    if static_files_changed():
        steps.append(("collectstatic", {"interactive": False}))
    for name, options in steps:
        runner.wait(0)
        output = io.StringIO()
        try:
            call_command(name, stdout=output, **options)
        finally:
            runner.say(output.getvalue(), "prepare")
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()  # its threads would go on reconnecting


def static_files_changed() -> bool:
    """Whether a source file is newer than what was last collected."""
    if not settings.STATIC_ROOT:
        return False
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not manifest.exists():
        return True
    collected = datetime.fromtimestamp(manifest.stat().st_mtime).astimezone()
    return any(
        storage.get_modified_time(path) > collected
        for finder in get_finders()
        for path, storage in finder.list([])
    )


def wait_until_healthy(runner: Runner) -> None:
    """Wait for the first answer of /health/. Raises Stopped if something essential ends first."""
    deadline = time.monotonic() + HEALTH_SECONDS
    while not healthy():
        if time.monotonic() > deadline:
            runner.say(f"the web server gave no answer within {HEALTH_SECONDS:.0f} s")
            raise Stopped(1, "health")
        runner.wait(0.2)


def healthy() -> bool:
    """Whether the site answers: 200, or JSON that says what is not well."""
    try:
        with urllib.request.urlopen(f"{address()}/health/", timeout=5):  # noqa: S310 - our own
            return True
    except urllib.error.HTTPError as error:
        with error:
            try:
                json.load(error)
            except ValueError:
                return False
            return True
    except OSError:
        return False


def invite(runner: Runner) -> None:
    """Print the link for the first staff account, where there is none yet."""
    output = io.StringIO()
    try:
        call_command("setup_link", if_needed=True, stdout=output)
    except Exception as error:  # the site is up: a missing link must not take it down
        runner.say(f"no link for the first staff account: {error}")
    if output.getvalue().strip():
        runner.print(output.getvalue().strip())
    connections.close_all()


def manage(*arguments: str) -> list[str | Path]:
    return [sys.executable, MANAGE, *arguments]


def address() -> str:
    """The address of the site as seen from this machine, without a slash at its end."""
    host = EVERY_ADDRESS.get(settings.HOST, settings.HOST)
    return f"http://{f'[{host}]' if ':' in host and '[' not in host else host}:{settings.PORT}"
