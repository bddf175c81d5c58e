"""Nonsense in the environment stops the start with words that name the variable."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRINTED = """
import reasoning_site.settings as s
print(s.DATABASES, s.CELERY_BEAT_SCHEDULE.get("back_up"))
"""


def start(data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process of their own, with a database that nobody opens."""
    return subprocess.run(
        [sys.executable, "-c", PRINTED],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(data),
            "DATABASE_URL": "postgresql://somebody@localhost/nowhere",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_POOL", "ten", "A setting in the environment makes no sense: .*DATABASE_POOL"),
        ("DATABASE_POOL", "0", "DATABASE_POOL must be at least 1"),
        ("WEB_WORKERS", "0", "WEB_WORKERS must be at least 1"),
        ("BODY_LIMIT_MB", "0", "BODY_LIMIT_MB must be at least 1"),
        ("FIRST_RUN_LIMIT", "-1", "FIRST_RUN_LIMIT cannot be negative"),
        ("INFERENCE_THREADS", "-1", "INFERENCE_THREADS cannot be negative"),
        ("INFERENCE_CAPACITY", "-2", "INFERENCE_CAPACITY cannot be negative"),
        ("BACKUP_KEEP", "0", "BACKUP_KEEP must be at least 1"),
        ("BACKUP_TIME", "noon", "A setting in the environment makes no sense: .*BACKUP_TIME"),
    ],
)
def test_nonsense_is_refused_by_name(tmp_path: Path, name: str, value: str, words: str) -> None:
    done = start(tmp_path, **{name: value})
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert re.search(f"ImproperlyConfigured: {words}", last)


def test_the_smallest_values_that_make_sense_are_taken(tmp_path: Path) -> None:
    done = start(
        tmp_path, DATABASE_POOL="1", WEB_WORKERS="1", FIRST_RUN_LIMIT="0", INFERENCE_CAPACITY="0"
    )
    assert done.returncode == 0, done.stderr
    assert "'max_size': 1," in done.stdout
    assert done.stdout.endswith(" None\n"), "no nightly backup without a folder"


def test_the_nightly_backup_has_its_time_of_day(tmp_path: Path) -> None:
    done = start(tmp_path, BACKUP_DIR=str(tmp_path), BACKUP_TIME="23:05")
    assert "'task': 'pages.back_up', 'schedule': <crontab: 5 23 * * *" in done.stdout, done.stderr
