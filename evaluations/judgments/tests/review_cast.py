"""A small protocol that two judges have judged, for the tests of its owner's pages."""

from collections.abc import Mapping
from typing import Any

from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Item, Judge, Judgment, ProtocolVersion
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_output,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

PAGE = "block:first"


def make_judged_protocol(items: int = 4, **fields: Any) -> tuple[ProtocolVersion, list[Item]]:
    """A protocol of the user “owner” that asks “sound” and “short” about outputs."""
    make_criterion("sound")
    make_criterion("short")
    fields.setdefault("owner", make_user("owner", role="researcher"))
    version = make_protocol(blocks=(make_block("sound", "short"),), **fields)
    return version, [make_item(version, make_output()) for _ in range(items)]


def serve(judge: Judge, item: Item, answers: Mapping[str, str], **fields: Any) -> Judgment:
    """The judge saves the only page of an item, as the judging page does."""
    served = Served(
        item=item,
        page=PAGE,
        position=1,
        finishes=True,
        suggestion_shown=fields.pop("suggestion_shown", None),
        guest_check=fields.pop("guest_check", "counted"),
    )
    assert item.output is not None
    return give(judge, item.output, answers, served=served, **fields)[0]


def judged(judge: Judge, items: list[Item], sound: str, short: str = "") -> None:
    """Answers to “sound”, and to “short”, one letter an item: y, p, n, c; - for none."""
    values = {"y": "yes", "p": "partly", "n": "no", "c": "cannot-tell"}
    for place, item in enumerate(items):
        given = {"sound": sound[place], "short": (short or "-" * len(items))[place]}
        answers = {key: values[letter] for key, letter in given.items() if letter != "-"}
        if answers:
            serve(judge, item, answers, seconds=10.0 * (place + 1))
