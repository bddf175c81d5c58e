"""A storm over workers: what the short form in the tests and `bin/bench storm` have in common."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from django.db import connection
from django.db.models import Count, Q

from evaluations.runs.models import Attempt, Output, Step

Worker = subprocess.Popen[bytes]


def database_url() -> str:
    """The address of this process' database, for another process."""
    parts = connection.get_connection_params()
    host = quote(str(parts.get("host", "")), safe="")
    login = quote(str(parts.get("user", "")))
    if parts.get("password"):
        login += ":" + quote(str(parts["password"]))
    return f"postgresql://{login}@{host}:{parts.get('port', 5432)}/{parts['dbname']}"


def cut_connections() -> None:
    """End every other connection to this database, as a restart of the server does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@dataclass
class Storm:
    """Workers that are killed and stopped, and whatever else blows, by a seeded dice.

    `start` starts the worker of a slot; it is given how many lives that slot had. One that is
    stopped sleeps `asleep` seconds, longer than a lease, and then goes on as if nothing had been.
    """

    start: Callable[[int, int], Worker]
    asleep: float
    blows: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    blown: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.lives = [0, 0]
        self.coming: list[str] = []
        self.workers = [self.start(slot, 0) for slot in range(2)]
        self.wakes_at: list[float | None] = [None, None]

    def blow(self) -> None:
        """One blow: a kill, a stop or another. Each comes once before any comes again."""
        if not self.coming:
            self.coming = ["kill", "stop", *self.blows]
            self.dice.shuffle(self.coming)
        kind = self.coming[-1]
        awake = [slot for slot, wakes_at in enumerate(self.wakes_at) if wakes_at is None]
        if kind in self.blows:
            self.blows[kind]()
        elif not awake:
            return
        elif kind == "kill":
            self.replace(self.dice.choice(awake))
        else:
            slot = self.dice.choice(awake)
            self.workers[slot].send_signal(signal.SIGSTOP)
            self.wakes_at[slot] = time.monotonic() + self.asleep
        self.coming.pop()
        self.blown[kind] += 1

    def wake(self) -> None:
        """Have those go on that slept long enough."""
        for slot, at in enumerate(self.wakes_at):
            if at is not None and time.monotonic() >= at:
                self.workers[slot].send_signal(signal.SIGCONT)
                self.wakes_at[slot] = None

    def replace(self, slot: int) -> None:
        """Kill a worker and start the next one in its place."""
        self.end(self.workers[slot])
        self.lives[slot] += 1
        self.workers[slot] = self.start(slot, self.lives[slot])

    def end(self, worker: Worker) -> None:
        worker.kill()
        worker.wait()

    def close(self) -> None:
        for worker in self.workers:
            self.end(worker)


def finished() -> tuple[int, int]:
    """Outputs that are written, and those that failed."""
    done, failed = Q(state="done"), Q(state="failed")
    counts = Output.objects.aggregate(
        done=Count("pk", filter=done), failed=Count("pk", filter=failed)
    )
    return counts["done"], counts["failed"]


def faults(*, done: int, failed: int = 0) -> list[str]:
    """What is lost or doubled where so many outputs should be written, and so many have failed."""
    once = Count("attempts", filter=Q(attempts__outcome="done"))
    written = Output.objects.filter(state="done")
    found = {
        "outputs": (Output.objects.count(), done + failed),
        "written": (finished()[0], done),
        "failed": (finished()[1], failed),
        "attempts that wrote one": (Attempt.objects.filter(outcome="done").count(), done),
        "written other than once": (written.annotate(n=once).exclude(n=1).count(), 0),
        "written without text": (written.filter(text="").count(), 0),
        "steps": (Step.objects.count(), 2 * done),
    }
    return [f"{name}: {is_} and not {must}" for name, (is_, must) in found.items() if is_ != must]
