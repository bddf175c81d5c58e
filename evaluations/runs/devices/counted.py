"""Ends of attempts that wrote nothing to keep: in the queue, and counted for Prometheus."""

from collections.abc import Iterable

from evaluations.runs import queue
from evaluations.runs.devices import metrics

TOGETHER = 500
"""How many are taken at a time to be failed: their prompts are read with them."""


def fail(
    claim: queue.Claim,
    *,
    error: str,
    final: bool = False,
    spent: queue.Spent = queue.NOTHING_SPENT,
) -> None:
    """Charge an error to a row. What was spent on it is counted whoever holds the row by now."""
    failed = queue.fail(claim, error=error, final=final, spent=spent)
    metrics.count("error", int(failed), spent.cost)


def release(
    *,
    owner: str,
    ids: Iterable[int],
    why: str,
    alone: bool = False,
    spent: queue.Spent = queue.NOTHING_SPENT,
) -> None:
    """Give rows back uncharged."""
    given = queue.release(owner=owner, ids=list(ids), why=why, alone=alone, spent=spent)
    metrics.count("released", given, spent.cost)


def fail_waiting(*, model: int, owner: str, error: str) -> None:
    """Fail all that waits for a model, with the reason."""
    for alone in (False, True):
        while claims := queue.claim(model=model, owner=owner, count=TOGETHER, alone=alone):
            for claim in claims:
                fail(claim, error=error, final=True)
