"""`manage.py worker`: one inference worker, for one device."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

import structlog
from celery.signals import worker_shutting_down
from celery.worker import state
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from evaluations.inference import memory
from evaluations.runs import tasks
from evaluations.runs.devices import metrics
from reasoning_site.celery import app

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Runs one inference worker; start one for each device. Ctrl-C finishes what it writes."
    requires_system_checks: list[str] = []  # some of them read the database, which may be away

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--device",
            default=settings.INFERENCE_DEVICE,
            help="cpu, cuda or cuda:1; without it what is found, or INFERENCE_DEVICE",
        )
        parser.add_argument(
            "--metrics-port",
            type=int,
            default=settings.METRICS_PORT,
            help="port for Prometheus; 0 answers none",
        )
        parser.add_argument("--metrics-host", default=settings.METRICS_HOST)

    def handle(self, *args: Any, **options: Any) -> None:
        settings.INFERENCE_DEVICE = device = options["device"]
        if options["metrics_port"]:
            serve_metrics(options["metrics_host"], options["metrics_port"])
        memory.keep_little()
        life = Life()
        tasks.replace_idle_worker = life.end
        worker_shutting_down.connect(life.was_told_to_stop)
        name = f"inference-{device.replace(':', '-')}" if device else "inference"
        code = run(name)
        tasks.stop_consumer()
        if life.is_to_begin_again:
            log.info("An idle worker begins again, to give its memory back.")
            # The same process id, so whoever watches over it sees no end.
            os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - this very command
        sys.exit(code)


class Life:
    """Whether this worker is to begin again when it ends; a signal to stop comes first."""

    def __init__(self) -> None:
        self.ended = self.told = False

    @property
    def is_to_begin_again(self) -> bool:
        return self.ended and not self.told

    def end(self) -> None:
        """Have Celery end as it would by a signal, at the next turn of its loop."""
        self.ended = True
        state.should_stop = 0  # type: ignore[assignment]  # its stubs know only of None

    def was_told_to_stop(self, **_: Any) -> None:
        self.told = True


def run(name: str) -> int:
    """Celery's worker, in this thread until it ends; returns its exit status."""
    arguments = [
        "worker", "-P", "threads", "-Q", tasks.INFERENCE_QUEUE, "-c", "1",
        "--prefetch-multiplier", "1", "--without-gossip", "--without-mingle",
        "-n", f"{name}@%h", "--loglevel", settings.LOG_LEVEL,
    ]  # fmt: skip
    try:
        app.worker_main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def serve_metrics(host: str, port: int) -> None:
    try:
        metrics.serve(host=host, port=port)
    except OSError as error:
        raise CommandError(
            f"Metrics cannot be served at {host}:{port} ({error.strerror}). Give this worker a "
            "port of its own with --metrics-port, or 0 for none."
        ) from error
