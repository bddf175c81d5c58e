"""Endpoints, models behind them, runs and workers for the tests of this room."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from model_bakery import baker

from evaluations.inference.backends import OPENAI_COMPATIBLE
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.actions import launch_run
from evaluations.runs.consumer import Consumer
from evaluations.runs.models import Endpoint, LanguageModel, Output, Price, Probe, Recipe, Run


def an_endpoint(address: str = "https://api.example.org/v1", **fields: Any) -> Endpoint:
    given = {"slug": "lab", "name": "The lab", "address": address, **fields}
    return Endpoint.objects.create(**given)


def a_model(endpoint: Endpoint, path: str = "fake-model", **fields: Any) -> LanguageModel:
    given = {"slug": "far", "name": "Far away", "path": path, **fields}
    return LanguageModel.objects.create(endpoint=endpoint, backend=OPENAI_COMPATIBLE, **given)


def make_endpoint_rows(slug: str) -> None:
    """An endpoint with a price and a probe."""
    endpoint = an_endpoint(slug=slug)
    Price.objects.create(endpoint=endpoint, tokens_in=1, tokens_out=2)
    Probe.objects.create(endpoint=endpoint, model="m")


def a_run(model: LanguageModel, *texts: str, most: int = 64, **prompt: Any) -> Run:
    prompt_set = baker.make(PromptSet, slug="s")
    for n, text in enumerate(texts or ("How many are left?",)):
        baker.make(Prompt, prompt_set=prompt_set, slug=f"p{n}", text=text, **prompt)
    recipe = baker.make(
        Recipe, slug="r", strategy="step-by-step", samples=1, max_new_tokens=most, temperature=0.7
    )
    return launch_run(model=model, recipe=recipe, prompt_set=prompt_set, seed=1)


@contextmanager
def a_worker() -> Iterator[Consumer]:
    """A real consumer in a thread of its own, until the end of the block."""
    consumer = Consumer()

    def work() -> None:
        consumer.run()
        connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield consumer
    finally:
        consumer.stop()
        thread.join(20)


def until(condition: Callable[[], bool], timeout: float = 60) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, list(Output.objects.values("state", "error"))
        threading.Event().wait(0.02)


def states() -> list[str]:
    return sorted(Output.objects.values_list("state", flat=True))
