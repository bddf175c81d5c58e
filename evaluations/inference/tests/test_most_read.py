"""What the stages of a plan read is never more than `most_read` says."""

import pytest

from evaluations.inference import ways
from evaluations.inference.engine import Sampling
from evaluations.inference.plans import Done, most_read, next_stage
from evaluations.inference.ways import Way

MOST = 40


def words(text: str) -> int:
    return len(text.split())


@pytest.mark.parametrize(
    ("plan", "number", "writes", "stages"),
    [
        (ways.SINGLE, 0, MOST, 1),
        (ways.BUDGET, 16, 16, 2),
        (ways.EXTEND, 3, 9, 4),
        (ways.MAJORITY, 5, MOST, 5),
        (ways.BEST_OF, 5, MOST, 5),
        (ways.REVISE, 2, MOST, 3),
    ],
)
def test_stages_that_write_their_budget_read_no_more_than_is_said(
    plan: str, number: int, writes: int, stages: int
) -> None:
    way = Way(
        strategy="direct", sampling=Sampling(temperature=1, top_p=1, max_new_tokens=MOST),
        system="Be brief.", examples=(("One and one?", "Two"),), instruction="Say why.",
        prefill="So", plan=plan, number=number,
    )  # fmt: skip
    done: list[Done] = []
    read = 0
    stop = "length" if plan == ways.BUDGET else "stop"
    while step := next_stage(way, "And two?", done):
        read += sum(words(message.content) for message in step.messages) + words(step.prefix)
        text = " w" * writes
        closer = "</think>" if plan == ways.BUDGET else ""
        done.append(
            Done(prefix=step.prefix, text=text, stop_reason=stop, tokens_out=writes, closer=closer)
        )
    said = most_read(way, "And two?")
    assert said.stages == len(done) == stages
    assert read <= said.tokens(words(said.text))
    if plan in (ways.SINGLE, *ways.CHOOSING):
        assert read == said.tokens(words(said.text)), "they read the same again and nothing else"
