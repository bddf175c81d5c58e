"""How likely the tokens of an output were, as its page shows it: in shades, the least sure apart.

A part of the record, and like a grade on no page of judging.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Any, Final

from evaluations.runs.models import Likelihood, Output
from evaluations.runs.results import MOST_LIKELY

SHADES: Final = ((0.9, ""), (0.5, "quite-likely"), (0.1, "unlikely"), (0.0, "rare"))
"""From which probability on a token is shown how."""
LEAST_SURE, BEFORE = 8, 30


@dataclass(frozen=True, kw_only=True)
class Shown:
    """`pieces` are texts with their shades; `least_sure` what stands before a token, the token, and
    its probability in words."""

    count: int
    is_cut: bool
    median: str
    unlikely: int
    pieces: Sequence[tuple[str, str]]
    least_sure: Sequence[tuple[str, str, str]]


def tokens_of(output: Output) -> list[tuple[str, float]] | None:
    """Pairs of text and log-probability; None where they were not asked for. Makes a query."""
    kept = Likelihood.objects.filter(output=output)
    found: list[Any] | None = kept.values_list("tokens", flat=True).first()
    return found and [(text, logprob) for text, logprob in found]


def likelihood_of(output: Output) -> Shown | None:
    """What is shown of an output; None where it was not asked for. Makes a query."""
    tokens = tokens_of(output)
    if not tokens:
        return None
    likely = [math.exp(logprob) for _, logprob in tokens]
    shaded = [(text, shade_of(share)) for (text, _), share in zip(tokens, likely, strict=True)]
    pieces = [
        ("".join(text for text, _ in same), shade)
        for shade, same in groupby(shaded, key=lambda piece: piece[1])
    ]
    lowest = sorted(range(len(tokens)), key=likely.__getitem__)[:LEAST_SURE]
    return Shown(
        count=len(tokens),
        is_cut=len(tokens) == MOST_LIKELY,
        median=in_percent(median(likely)),
        unlikely=sum(share < 0.5 for share in likely),
        pieces=pieces,
        least_sure=[
            (before(tokens, place), tokens[place][0], in_percent(likely[place]))
            for place in lowest
            if shade_of(likely[place])
        ],
    )


def shade_of(share: float) -> str:
    return next(shade for least, shade in SHADES if share >= least)


def before(tokens: Sequence[tuple[str, float]], place: int) -> str:
    """The end of what stands before a token."""
    return "".join(text for text, _ in tokens[max(place - BEFORE, 0) : place])[-BEFORE:]


def in_percent(share: float) -> str:
    return f"{100 * share:.1f}%" if share >= 0.001 else "under 0.1%"
