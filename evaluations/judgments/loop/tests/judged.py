"""One subject of each kind under a protocol, and what a form about it says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.test import Client

from evaluations.judgments.models import Comparison, Judgment, ProtocolVersion
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_definition,
    make_output,
    make_prompt,
)
from evaluations.judgments.tests.form import hidden_fields
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol


@dataclass(frozen=True)
class Judged:
    """One subject of a protocol: its address, what a form about it says, what is stored."""

    version: ProtocolVersion
    path: str
    query: str
    fields: dict[str, str]
    rows: Callable[[], Any]
    undo: str

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}"

    def at(self, what: str) -> str:
        """The address of its skips or drafts."""
        return f"{self.path}{what}/?{self.query}"

    def filled(self, client: Client, **more: str) -> dict[str, str]:
        return {**hidden_fields(client.get(self.url)), **self.fields, **more}


def judged_output() -> Judged:
    make_criterion("one", question="SECRET QUESTION?")
    version = make_protocol(blocks=(make_block("one", is_default=False),))
    outputs = [make_output(**secret()) for _ in range(2)]
    for output in outputs:
        make_item(version, output)
    path = f"/judge/{outputs[0].pk}/"
    rows = Judgment.objects.standing
    return Judged(
        version, path, "protocol=small", {"answer-one": "yes"}, rows, "/judge/undo/?protocol=small"
    )


def judged_pair() -> Judged:
    make_criterion("one")
    taylor = make_definition("taylor", "one", statement="SECRET STATEMENT")
    version = make_protocol(subject="pair", definitions=(taylor,))
    prompt = make_prompt(text="SECRET PROMPT")
    first, second = (make_output(**secret() | {"prompt": prompt}) for _ in range(2))
    item = make_item(version, pair=(first, second))
    return Judged(
        version,
        "/judge/pair/",
        f"protocol=small&item={item.pk}",
        {"value": "left"},
        lambda: Comparison.objects.filter(withdrawn_at=None),
        "/judge/pair/undo/?protocol=small",
    )


def judged_prompt() -> Judged:
    make_criterion("clear", level="prompt", question="SECRET QUESTION?")
    version = make_protocol(subject="prompt", blocks=(make_block("clear", is_default=False),))
    make_item(version, prompt=make_prompt("lamp", text="SECRET PROMPT"))
    return Judged(
        version,
        "/judge/prompt/lamp/",
        "protocol=small",
        {"answer-clear": "yes"},
        Judgment.objects.standing,
        "/judge/prompt/lamp/undo/?protocol=small",
    )


def secret() -> dict[str, Any]:
    return {
        "prompt": make_prompt(text="SECRET PROMPT"),
        "trace": "SECRET WORKING",
        "answer": "SECRET ANSWER",
    }
