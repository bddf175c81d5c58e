"""Model judges for tests, and an engine that answers in the demanded form, or does not."""

import re
import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from evaluations.accounts.models import User
from evaluations.inference.engine import Request, Result
from evaluations.judgments.models import Opinion, ProtocolVersion
from evaluations.judgments.opinions.actions import AskResult, ask_model
from evaluations.judgments.tests.cast import make_user
from evaluations.runs.consumer import Consumer
from evaluations.runs.models import LanguageModel, Output
from evaluations.runs.queue import Graded, Written, claim, fail, finish
from evaluations.runs.tests.fake_engine import FakeEngine
from evaluations.runs.tests.test_consumer import until


def staff() -> User:
    return User.objects.filter(username="staff").first() or make_user("staff", is_staff=True)


def make_judging_model(slug: str = "arbiter", **fields: Any) -> LanguageModel:
    return LanguageModel.objects.create(
        slug=slug, name=f"{slug.title()} 7B", path="fake", maker="Bench & Co", **fields
    )


def ask(version: ProtocolVersion, model: LanguageModel, limit: int = 100) -> AskResult:
    return ask_model(version=version, model=model, actor=staff(), limit=limit)


def one_opinion(version: ProtocolVersion, model: LanguageModel) -> Opinion:
    ask(version, model, limit=1)
    return Opinion.objects.select_related("asked_as__run", "asked_as__prompt").get()


def write_reply(opinion: Opinion, text: str, *, stop_reason: str = "stop") -> None:
    """What the inference worker does with the opinion's row: claim it, and store *text*."""
    row = opinion.asked_as
    claims = claim(model=row.run.model_id, owner="test", count=1000)
    mine = next(item for item in claims if item.id == row.pk)
    finish(
        [
            Written(
                claim=mine,
                text=text,
                trace="",
                answer=text,
                trace_visibility="not-written",
                tokens_in=100,
                tokens_out=10,
                stop_reason=stop_reason,
                seconds=1.5,
                prompt_digest="",
                environment={"device": "test"},
                environment_digest="test",
                segmentation=1,
                spans=[],
                names_model=False,
                graded=Graded(),
            )
        ]
    )
    Output.objects.filter(pk__in=[item.id for item in claims], state="leased").update(
        state="pending", owner="", leased_until=None
    )


def fail_reply(opinion: Opinion, error: str) -> None:
    """The worker refuses the opinion's row, for good."""
    claims = claim(model=opinion.asked_as.run.model_id, owner="test", count=1000)
    fail(next(item for item in claims if item.id == opinion.asked_as_id), error=error, final=True)
    Output.objects.filter(pk__in=[item.id for item in claims], state="leased").update(
        state="pending", owner="", leased_until=None
    )


class JudgingEngine(FakeEngine):
    """Answers each question of a judging prompt with *reply*, or writes what it gives."""

    def __init__(self, reply: Callable[[int, str], str] | None = None) -> None:
        super().__init__()
        self.reply = reply or (lambda number, text: f"{number}: yes")

    def result(self, request: Request, stop_reason: Any) -> Result:
        text = request.messages[-1].content
        numbers = [int(n) for n in re.findall(r"^(\d+): ", text, re.MULTILINE)]
        written = "\n".join(self.reply(number, text) for number in numbers)
        return Result(
            id=request.id,
            text=written,
            trace="",
            answer=written,
            trace_visibility="not-written",
            tokens_in=50,
            tokens_out=4 * len(numbers),
            stop_reason=stop_reason,
            seconds=0.1,
            environment={"device": "fake", "prompt_tokens_sha256": "abc"},
        )


def work_off(engine: FakeEngine) -> None:
    """Run the inference worker's own consumer until nothing waits, as a thread of its own."""
    consumer = Consumer(loader=lambda model: engine)

    def run() -> None:
        consumer.run()
        connection.close()

    threading.Thread(target=run, daemon=True).start()
    try:
        until(lambda: not Output.objects.filter(state__in=["pending", "leased"]).exists())
    finally:
        consumer.stop()
