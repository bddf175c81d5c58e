"""Outputs of a queue in a storm: how many of them are written, each once, and how long it takes.

    python -m evaluations.bench.storm [--outputs N] [--seconds-between S] [--seed N]

Two real workers (`manage.py worker`) with an instant engine, on a database and a broker of their
own. They are killed (SIGKILL) and stopped for longer than a lease (SIGSTOP); the broker is
emptied, its messages are doubled, the database is restarted, and three outputs are poison: they
break the engine, and must end as failed. Ends with status 1 where an output is lost or doubled.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from evaluations.bench.queue import scratch_database
from reasoning_site.embedded.postgres import Server

ROOT = Path(__file__).resolve().parent.parent.parent
ENGINE = "evaluations.runs.tests.fake_engine.FakeEngine"
SAMPLES, POISON = 18, 3
LEASE = 4.0
ASLEEP = 2 * LEASE
LONGEST = 3600.0


def launch(outputs: int) -> int:
    """One run of so many outputs, and one of poison; returns how many will be written."""
    from model_bakery import baker  # noqa: PLC0415

    from evaluations.prompts.models import Prompt, PromptSet  # noqa: PLC0415
    from evaluations.runs.actions import launch_run  # noqa: PLC0415
    from evaluations.runs.models import LanguageModel, Recipe  # noqa: PLC0415

    model = baker.make(LanguageModel, slug="storm", name="Storm", backend=ENGINE, path="fake")
    recipe = baker.make(Recipe, slug="storm", strategy="step-by-step", max_new_tokens=8)
    prompts = max(1, outputs // SAMPLES)
    for name, texts, samples in (
        ("storm", [f"prompt {n}" for n in range(prompts)], SAMPLES),
        ("poison", ["poison"], POISON),
    ):
        prompt_set = baker.make(PromptSet, slug=name)
        Prompt.objects.bulk_create(
            Prompt(prompt_set=prompt_set, slug=f"{name}-{n}", text=text, title=text)
            for n, text in enumerate(texts)
        )
        launch_run(model=model, recipe=recipe, prompt_set=prompt_set, samples=samples)
    return prompts * SAMPLES


def start_worker(slot: int, life: int) -> subprocess.Popen[bytes]:
    from evaluations.runs.tests.storm import database_url  # noqa: PLC0415

    return subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--device", f"fake:{slot}"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": "",
            "LEASE_SECONDS": str(LEASE),
            "INFERENCE_BACKENDS": ENGINE,
            "INFERENCE_CAPACITY": "32",
            "LOG_LEVEL": "CRITICAL",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def blows(server: Server) -> dict[str, Callable[[], None]]:
    """What happens beside the workers: to their broker and to their database."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from evaluations.runs.doorbell import ring  # noqa: PLC0415

    folder = settings.DATA_DIR / "broker" / "queue"

    def empty_broker() -> None:
        ring()
        for message in folder.glob("*.msg"):
            message.unlink(missing_ok=True)

    def double_messages() -> None:
        for _ in range(10):
            ring()
        for message in list(folder.glob("*.msg")):
            try:
                shutil.copy(message, message.with_name(f"{uuid.uuid4().hex}_{message.name}"))
            except OSError:
                continue  # a worker was faster

    def restart_database() -> None:
        connection.close_pool()  # type: ignore[attr-defined]  # what it keeps open would be dead
        connection.close()
        server.stop()
        time.sleep(1)
        server.start()

    return {
        "broker emptied": empty_broker,
        "messages doubled": double_messages,
        "database restarted": restart_database,
    }


def weather(outputs: int, between: float, seed: int, server: Server) -> bool:
    """Let it blow until everything is written; returns whether nothing was lost or doubled."""
    from evaluations.runs.models import Attempt  # noqa: PLC0415
    from evaluations.runs.tests.storm import Storm, faults, finished  # noqa: PLC0415

    expected = launch(outputs)
    began = blew_at = time.monotonic()
    storm = Storm(start_worker, ASLEEP, blows(server), random.Random(seed))
    done_then = 0
    try:
        while sum(now := finished()) < expected + POISON and time.monotonic() < began + LONGEST:
            time.sleep(0.5)
            storm.wake()
            # Workers that have not written again since would only be hit while they start.
            if time.monotonic() - blew_at > between and now[0] > done_then:
                storm.blow()
                blew_at, done_then = time.monotonic(), now[0]
    finally:
        storm.close()
    took = time.monotonic() - began
    wrong = faults(done=expected, failed=POISON)
    print(f"{finished()[0]:,} of {expected:,}{'' if wrong else ' once'}, in {took:.0f} s")
    print("  " + ", ".join(f"{kind} {n}" for kind, n in sorted(storm.blown.items())))
    ended = {
        outcome: Attempt.objects.filter(outcome=outcome).count()
        for outcome in ("done", "lost", "released", "error")
    }
    print("  attempts: " + ", ".join(f"{outcome} {n:,}" for outcome, n in ended.items()))
    print(f"  poison: {finished()[1]} of {POISON} failed, as they must")
    for fault in wrong:
        print(f"  WRONG {fault}")
    return not wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--outputs", type=int, default=18_000)
    parser.add_argument("--seconds-between", type=float, default=5.0, help="blows")
    parser.add_argument("--seed", type=int, default=7, help="of the dice that choose the blows")
    chosen = parser.parse_args()
    with scratch_database(durable=False) as server:
        if not weather(chosen.outputs, chosen.seconds_between, chosen.seed, server):
            sys.exit("Outputs were lost or doubled.")


if __name__ == "__main__":
    main()
