"""How long a backup of 10,000 outputs takes while people judge, and whether it holds.

    bin/bench backup [--outputs N] [--clients N] [--workers N]

A site as for `attack`, with a web server of its own. Signed-in people judge through HTTP, one form
after the other, while `manage.py backup` runs; `manage.py restore` then restores the file into an
embedded database in an empty folder. Every table must have as many rows as the backup says, every
frozen board must be what it was, and every judgment must have its answers. Prints seconds and
sizes. Exits with 1 where something does not agree, or nobody judged meanwhile.
"""

from __future__ import annotations

import argparse
import html
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile

import psycopg
from psycopg import sql

from evaluations.bench.attack import serve
from evaluations.bench.pages import fill_site
from evaluations.bench.queue import scratch_database
from reasoning_site.embedded import postgres
from reasoning_site.embedded.places import database_url

ROOT = Path(__file__).resolve().parents[2]
GROWN = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables to which a restoring may add rows, as every migrating does."""
FIELD = re.compile(r'<input type="(hidden|radio)" name="([\w-]+)"(?:[^>]*? value="([^"]*)")?')
SAVED, NOTHING_LEFT, NO_ANSWER = 303, 204, 599
"""Statuses of a saved form, and two of the benchmark's own."""
# A judgment of before the benchmark's own has no answers where nothing was asked in its block.
UNANSWERED = """
SELECT count(*) FROM judgments_judgment d WHERE d.way <> 'unknown'
    AND NOT EXISTS (SELECT FROM judgments_answer a WHERE a.judgment_id = d.id)
"""


class Person:
    """Somebody who is signed in, and judges what the site serves."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies = {"sessionid": session}

    def ask(
        self, method: str, address: str, form: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Status, address to go on to, and text of the answer; `NO_ANSWER` where none came."""
        headers = {
            "Host": "localhost",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            self.connection.request(method, address, urlencode(form or {}), headers)
            response = self.connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            return NO_ANSWER, "", ""
        finally:
            # The server ends a connection on which nobody asks for half a minute, and whoever
            # judges in turn with a dozen others is away for longer: each request has its own.
            self.connection.close()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return response.status, response.headers.get("Location", ""), text

    def judge(self) -> int:
        """Open what is served and save a form; the status of the saving, or of what hindered it."""
        status, address, page = self.ask("GET", "/judge/")
        if status in (301, 302, 303):
            status, _, page = self.ask("GET", address)
        form = page.partition('id="judging"')[2].partition("</form>")[0]
        if status != 200 or not form:
            # Who has judged all that is asked is told so, in a page without a form.
            return NOTHING_LEFT if status == 200 else status
        sent: dict[str, str] = {}
        for kind, name, value in FIELD.findall(form):
            if kind == "hidden" or value == "yes":
                sent[name] = html.unescape(value)
        return self.ask("POST", address, sent)[0]


def sessions_of(number: int) -> list[str]:
    """Keys of sessions in which so many judges of the site are signed in."""
    from django.conf import settings  # noqa: PLC0415
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: PLC0415
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415

    from evaluations.accounts.models import User  # noqa: PLC0415

    keys = []
    for user in User.objects.filter(username__startswith="judge-").order_by("pk")[:number]:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(str(session.session_key))
    return keys


def judging(port: int, sessions: list[str], stop: threading.Event, found: Counter[int]) -> None:
    """Judge as one person after the other, so that nobody is too fast, until told to stop."""
    people = [Person(port, session) for session in sessions]
    while not stop.is_set():
        for person in people:
            if stop.is_set():
                return
            found[person.judge()] += 1


def manage(*arguments: str, **environment: str) -> tuple[float, str]:
    """Run a command; returns seconds and what it printed. Ends the benchmark where it fails."""
    kept = {name: value for name, value in os.environ.items() if name not in environment}
    kept |= {name: value for name, value in environment.items() if value}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=kept, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{arguments[0]} failed: {done.stdout}{done.stderr}")
    return time.perf_counter() - began, done.stdout.strip()


def faults_in(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Where the restored rows are not those of the backup; empty where all agree."""
    with (
        postgres.available(folder),
        psycopg.connect(database_url(folder)) as there,
    ):
        counts: dict[str, int] = {}
        for name in manifest["tables"]:
            counting = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
            (counts[name],) = there.execute(counting).fetchone() or (0,)
        (bare,) = there.execute(UNANSWERED).fetchone() or (0,)
    faults = [
        f"{name}: {counts[name]} rows instead of {table['rows']}"
        for name, table in manifest["tables"].items()
        if counts[name] != table["rows"] and not (name in GROWN and counts[name] > table["rows"])
    ]
    return [*faults, *([f"{bare} judgments without answers"] if bare else [])]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--outputs", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="by-what-definition-restored-"))
    folder.chmod(0o755)  # when we are root, the server runs as another user
    data, path = folder / "data", folder / "site.zip"
    data.mkdir(mode=0o755)
    try:
        with scratch_database(durable=False):
            site = fill_site(chosen.outputs)
            server, port = serve(chosen.workers)
            stop, found = threading.Event(), Counter[int]()
            sessions = sessions_of(50)
            people = [
                threading.Thread(
                    target=judging, args=(port, sessions[n :: chosen.clients], stop, found)
                )
                for n in range(chosen.clients)
            ]
            try:
                for person in people:
                    person.start()
                time.sleep(2)
                before = found.copy()
                took, _ = manage("backup", str(path))
                meanwhile = found - before
            finally:
                stop.set()
                for person in people:
                    person.join()
                server.terminate()
                server.wait()
        with ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            unpacked = sum(member.file_size for member in archive.infolist())
        size = path.stat().st_size
        restoring, said = manage(
            "restore", str(path), DATA_DIR=str(data), EMBEDDED_POSTGRES_FOLDER=str(folder),
            DATABASE_URL="", SECRET_KEY="",
        )  # fmt: skip
        os.environ["EMBEDDED_POSTGRES_FOLDER"] = str(folder)
        faults = faults_in(data, manifest)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    saved = meanwhile[SAVED]
    rows = sum(table["rows"] for table in manifest["tables"].values())
    judged = manifest["tables"]["judgments_judgment"]["rows"]
    print(f"{site['outputs']:,} outputs, {judged:,} judgments, {rows:,} rows in "
          f"{len(manifest['tables'])} tables")  # fmt: skip
    print(
        f"backup    {took:6.1f} s, {unpacked / 1e6:.1f} MB of rows in a file of {size / 1e6:.1f} MB"
    )
    print(f"meanwhile {saved} forms saved by {chosen.clients} at once; answers {dict(meanwhile)}")
    print(f"restore   {restoring:6.1f} s with the database and the checks. {said}")
    for fault in faults:
        print(f"WRONG: {fault}")
    sys.exit(1 if faults or not saved else 0)


if __name__ == "__main__":
    main()
