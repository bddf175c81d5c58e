"""Familiar riddles in our own words, each beside one with a fact changed and the same numbers.

The familiar answer, or the familiar slip, is wrong for the altered one. Kinds of riddle are common
property; the sentences are ours, and the numbers are drawn.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from evaluations.prompts.generators.draw import Draw
from evaluations.prompts.generators.item import Generated
from evaluations.prompts.generators.options import variant_and_level
from evaluations.prompts.generators.riddles import RIDDLES

TASK: Final = "altered_riddles"
VERSION: Final = "1"
VARIANTS: Final = ("original", "altered")
LEVELS: Final = range(1, 2)
"""Riddles come in one difficulty."""


def generate(*, seed: int, index: int, config: Mapping[str, Any]) -> Generated:
    """Item `index` of the riddles with this seed; `config` takes `variant`.

    The index goes through the riddles, so that twenty items are twenty riddles.
    """
    variant, _ = variant_and_level(config, variants=VARIANTS, levels=LEVELS)
    riddle = RIDDLES[index % len(RIDDLES)]
    draw = Draw(f"{TASK} {VERSION} {seed} {index}")
    while True:
        numbers = riddle.numbers(draw)
        answers = riddle.answer(**numbers), riddle.altered_answer(**numbers)
        if answers[0] != answers[1] and all(answer == math.floor(answer) for answer in answers):
            break
    text, answer = (
        (riddle.text, answers[0]) if variant == "original" else (riddle.altered, answers[1])
    )
    return Generated(text=text.format(**numbers), answer=str(int(answer)))


def name_of(index: int) -> str:
    return RIDDLES[index % len(RIDDLES)].name
