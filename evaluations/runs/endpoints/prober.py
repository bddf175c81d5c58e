"""The thread of an inference worker that makes probes, so that none waits for a long run."""

import threading
from collections.abc import Callable

import structlog
from django.db import close_old_connections, connection

from evaluations.runs.endpoints.probing_actions import make_next_probe
from evaluations.runs.models import Probe
from evaluations.runs.workers import DATABASE_TROUBLE

log = structlog.get_logger(__name__)

POLL_SECONDS = 2.0


class Prober:
    """Makes the probes that wait, one after the other, until told to stop."""

    def __init__(self, make: Callable[[], Probe | None] = make_next_probe) -> None:
        self.make = make
        self.bell = threading.Event()
        self.stopping = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self.run, name="prober", daemon=True).start()

    def stop(self) -> None:
        """End after the probe that is being made; nothing waits for it."""
        self.stopping.set()
        self.bell.set()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                made = self.make()
            except DATABASE_TROUBLE as error:
                log.warning("The database is out of reach; trying again.", error=str(error))
                close_old_connections()
                made = None
            except Exception:
                # One probe's trouble: the thread goes on, and its row is made again later.
                log.exception("A probe met an unexpected error.")
                made = None
            if made is None:
                self.bell.wait(POLL_SECONDS)
                self.bell.clear()
        connection.close()
