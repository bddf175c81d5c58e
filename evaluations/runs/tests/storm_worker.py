"""A worker process for the storm test: a real consumer with a fake engine, until it is killed."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reasoning_site.settings")
django.setup()

from evaluations.runs.consumer import Consumer  # noqa: E402
from evaluations.runs.tests.fake_engine import FakeEngine  # noqa: E402

if __name__ == "__main__":
    consumer = Consumer(
        loader=lambda model: FakeEngine(capacity=8, seconds_a_step=0.01), owner=sys.argv[1]
    )
    consumer.start()
    consumer.ended.wait()
