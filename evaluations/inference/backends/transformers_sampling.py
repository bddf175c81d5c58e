"""Drawing tokens so that a sample does not depend on its neighbours.

Gumbel-max sampling (Gumbel 1954; Maddison, Tarlow and Minka 2014): adding independent Gumbel
noise to the logits and taking the largest is an exact draw from their softmax. The noise here is
a pure function of (seed, position, vocabulary index), computed by a counter-based generator, so no
state is shared between rows and nothing depends on the order in which rows are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

# Scheme "gumbel-1" (`schemes`): the finaliser of SplitMix64 (Steele, Lea and Flood 2014) over the
# counter, 52 bits of it as a uniform number, float64 noise. The position is the place of the drawn
# token in the whole sequence, prompt included. What alters a drawn token needs a new name.
_WEYL = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB
_WORD = (1 << 64) - 1

# So many of the likeliest tokens nearly always hold the nucleus; sorting a whole vocabulary
# costs more than the model's own forward pass for small models.
_HEAD = 256

# Whole vocabularies at a time: a row takes some 5 MB of float64 noise and sorting.
_WIDE_ROWS = 4


def _signed(word: int) -> int:
    """The same 64 bits as a signed integer, which is all that torch multiplies."""
    word &= _WORD
    return word - (1 << 64) if word >> 63 else word


def _shift_right(words: Tensor, bits: int) -> Tensor:
    return (words >> bits) & ((1 << (64 - bits)) - 1)


def _mix(words: Tensor) -> Tensor:
    """SplitMix64's finaliser on int64, whose multiplication wraps; a bijection on 64 bits."""
    words = (words ^ _shift_right(words, 30)) * _signed(_MIX_1)
    words = (words ^ _shift_right(words, 27)) * _signed(_MIX_2)
    return words ^ _shift_right(words, 31)


def seed_tensor(seeds: list[int], device: torch.device) -> Tensor:
    """Seeds of any size as an int64 tensor of shape (rows,), by their lowest 64 bits."""
    return torch.tensor([_signed(seed) for seed in seeds], dtype=torch.int64, device=device)


def gumbel_noise(seeds: Tensor, positions: Tensor, vocabulary: Tensor) -> Tensor:
    """Standard Gumbel noise, float64, in the shape of `vocabulary`.

    `seeds` and `positions` are int64 of shape (rows,), `vocabulary` holds int64 token ids of shape
    (rows, n) or (1, n). The value for one (seed, position, id) is always the same.
    """
    weyl = _signed(_WEYL)
    keys = _mix(_mix(seeds + weyl) + positions * weyl)
    words = _mix(keys[:, None] + (vocabulary + 1) * weyl)
    uniform = (_shift_right(words, 12).to(torch.float64) + 0.5) * 2.0**-52
    return -torch.log(-torch.log(uniform))


def _nucleus_threshold(ordered: Tensor, log_total: Tensor, top_p: Tensor) -> tuple[Tensor, Tensor]:
    """The logit of the last token of each row's nucleus, and whether `ordered` contains it.

    `ordered` (rows, n) holds logits from the highest down, `log_total` (rows,) the log of the sum
    of exponentials of the whole row. Tokens that tie with the last one belong to the nucleus too:
    so the set never depends on how equal values were sorted.
    """
    reached = torch.exp(ordered - log_total[:, None]).cumsum(dim=-1) >= top_p[:, None]
    found = reached.any(dim=-1)
    last = torch.where(found, reached.int().argmax(dim=-1), ordered.shape[-1] - 1)
    return ordered.gather(-1, last[:, None]), found


def penalized(logits: Tensor, penalties: Sequence[float], seen: Sequence[Tensor | None]) -> Tensor:
    """Logits (rows, vocabulary) with the repetition penalty of each row (Keskar et al. 2019).

    `seen` says of each row which tokens its prompt and reply hold, as booleans of shape
    (vocabulary,); None where the penalty is 1. Returns `logits` itself where all are.
    """
    rows = [row for row, penalty in enumerate(penalties) if penalty != 1]
    if not rows:
        return logits
    logits = logits.clone()
    for row in rows:
        mask, penalty, own = seen[row], penalties[row], logits[row]
        assert mask is not None
        logits[row] = torch.where(mask, torch.where(own > 0, own / penalty, own * penalty), own)
    return logits


def draw(
    logits: Tensor,
    *,
    temperature: Tensor,
    top_p: Tensor,
    top_k: Tensor,
    min_p: Tensor,
    seeds: Tensor,
    positions: Tensor,
) -> Tensor:
    """One token id for each row, int64 of shape (rows,).

    `logits` is float32 (rows, vocabulary) without NaN; the others have shape (rows,), `top_k` as
    int64. A row with temperature 0 takes its highest logit (the lowest id among equals).
    """
    sampled = (temperature > 0).nonzero().flatten()
    if len(sampled) == 0:
        return logits.argmax(dim=-1)
    # Each pass over all logits costs, so they are not copied where every row is sampled.
    every = len(sampled) == len(logits)
    rows = logits if every else logits[sampled]
    # Float64 on few rows would be safer still, but tiny temperatures overflow float32 only.
    scaled = (rows - rows.amax(dim=-1, keepdim=True)).div_(temperature[sampled, None])
    kept = _Kept(top_k=top_k[sampled], top_p=top_p[sampled], min_p=min_p[sampled])
    drawn = _draw_scaled(scaled, kept, seeds[sampled], positions[sampled])
    if every:
        return drawn
    tokens = logits.argmax(dim=-1)
    tokens[sampled] = drawn
    return tokens


class _Kept(NamedTuple):
    """Which tokens each row keeps; tensors of shape (rows,)."""

    top_k: Tensor
    top_p: Tensor
    min_p: Tensor

    def of(self, rows: Tensor) -> _Kept:
        return _Kept(*(each[rows] for each in self))

    def threshold(self, ordered: Tensor, log_total: Tensor) -> tuple[Tensor, Tensor]:
        """The logit below which tokens are dropped, (rows, 1), and whether it is sure.

        `ordered` (rows, n) are the highest logits of each row, downwards, less the highest one;
        `log_total` (rows,) the log of the sum of exponentials of the whole row. It is sure where
        `ordered` holds all that is kept, ties with the last one included.
        """
        last = ordered[:, -1:]
        # Ranks of 0 keep all; a rank beyond `ordered` is not known here.
        rank = self.top_k.clamp(1, ordered.shape[-1])[:, None] - 1
        ranked = self.top_k[:, None] > 0
        kth = torch.where(ranked, ordered.gather(-1, rank), -math.inf)
        within = torch.where(ordered >= kth, ordered, -math.inf).logsumexp(dim=-1)
        total = torch.where(ranked[:, 0], within, log_total)
        nucleus, inside = _nucleus_threshold(ordered, total, self.top_p)
        cut = (self.top_p < 1)[:, None]
        nucleus = torch.where(cut & inside[:, None], nucleus, -math.inf)
        least = self.min_p.to(ordered.dtype).log()[:, None]
        threshold = torch.maximum(torch.maximum(kth, nucleus), least)
        rank_is_sure = ~ranked | (kth > last)
        return threshold, (rank_is_sure & (threshold > last))[:, 0]


def _draw_scaled(scaled: Tensor, kept: _Kept, seeds: Tensor, positions: Tensor) -> Tensor:
    head = min(_HEAD, scaled.shape[-1])
    values, ids = scaled.topk(head, dim=-1)
    threshold, sure = kept.threshold(values, scaled.logsumexp(dim=-1))
    noise = gumbel_noise(seeds, positions, ids)
    scores = (values + noise).masked_fill(values < threshold, -math.inf)
    tokens = ids.gather(-1, scores.argmax(dim=-1, keepdim=True))[:, 0]
    wide = (~sure).nonzero().flatten()
    for some in wide.split(_WIDE_ROWS):
        tokens[some] = _draw_wide(scaled[some], kept.of(some), seeds[some], positions[some])
    return tokens


def _draw_wide(scaled: Tensor, kept: _Kept, seeds: Tensor, positions: Tensor) -> Tensor:
    """As `_draw_scaled`, over the whole vocabulary."""
    everything = torch.arange(scaled.shape[-1], device=scaled.device)[None]
    scores = scaled + gumbel_noise(seeds, positions, everything)
    cuts = (kept.top_p < 1) | (kept.top_k > 0) | (kept.min_p > 0)
    cut = cuts.nonzero().flatten()
    if len(cut):
        rows = scaled[cut]
        ordered = rows.sort(dim=-1, descending=True).values
        threshold, _ = kept.of(cut).threshold(ordered, rows.logsumexp(dim=-1))
        scores[cut] = scores[cut].masked_fill(rows < threshold, -math.inf)
    return scores.argmax(dim=-1)
