"""The sampler: exact draws that depend on nothing but seed, position and logits."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from evaluations.inference.backends import transformers_sampling as sampling
from evaluations.inference.backends.transformers_sampling import (
    draw,
    gumbel_noise,
    penalized,
    seed_tensor,
)

CPU = torch.device("cpu")


def draw_all(
    logits: Tensor,
    seeds: list[int],
    *,
    temperature: float = 1.0,
    top_p: float = 1.0,
    top_k: int = 0,
    min_p: float = 0.0,
    positions: list[int] | None = None,
) -> list[int]:
    rows = len(seeds)
    return draw(
        logits.expand(rows, -1),
        temperature=torch.full((rows,), temperature),
        top_p=torch.full((rows,), top_p),
        top_k=torch.full((rows,), top_k),
        min_p=torch.full((rows,), min_p),
        seeds=seed_tensor(seeds, CPU),
        positions=torch.tensor(positions or [0] * rows),
    ).tolist()


def chi_square(tokens: list[int], probabilities: list[float]) -> float:
    return sum(
        (tokens.count(token) - len(tokens) * p) ** 2 / (len(tokens) * p)
        for token, p in enumerate(probabilities)
        if p
    )


def test_the_generator_is_splitmix64() -> None:
    # The published first outputs of SplitMix64 for the seed 1234567.
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    states = [1234567 + (i + 1) * sampling._WEYL for i in range(3)]
    words = sampling._mix(seed_tensor(states, CPU)).tolist()
    assert [word % 2**64 for word in words] == expected


def test_noise_has_the_moments_of_the_gumbel_distribution() -> None:
    noise = gumbel_noise(
        torch.arange(40), torch.arange(40), torch.arange(5000)[None].expand(40, -1)
    )
    assert float(noise.mean()) == pytest.approx(0.5772, abs=0.01)
    assert float(noise.var()) == pytest.approx(math.pi**2 / 6, abs=0.03)
    assert torch.isfinite(noise).all()


@pytest.mark.parametrize("by", ["seed", "position"])
def test_tokens_are_drawn_in_proportion(by: str) -> None:
    probabilities = [0.4, 0.3, 0.15, 0.1, 0.04, 0.01]
    n = 20_000
    counter = list(range(n))
    tokens = draw_all(
        torch.tensor(probabilities).log()[None],
        counter if by == "seed" else [42] * n,
        positions=counter if by == "position" else None,
    )
    # 99.99th percentile with 5 degrees of freedom.
    assert chi_square(tokens, probabilities) < 25.7


def test_temperature_sharpens() -> None:
    probabilities = [0.6, 0.4]
    sharp = [p**2 / sum(q**2 for q in probabilities) for p in probabilities]
    tokens = draw_all(torch.tensor(probabilities).log()[None], list(range(20_000)), temperature=0.5)
    assert chi_square(tokens, sharp) < 15.1


def test_top_p_keeps_the_token_that_crosses_and_renormalises() -> None:
    logits = torch.tensor([[0.1, 0.5, 0.25, 0.15]]).log()
    tokens = draw_all(logits, list(range(20_000)), top_p=0.6)
    assert chi_square(tokens, [0, 2 / 3, 1 / 3, 0]) < 15.1
    assert set(tokens) == {1, 2}


def test_tokens_tied_at_the_edge_of_the_nucleus_are_all_kept() -> None:
    tokens = draw_all(torch.zeros(1, 600), list(range(3000)), top_p=0.1)
    assert len(set(tokens)) > 550


def plain(
    logits: Tensor, temperature: float, top_p: float, top_k: int, min_p: float, seed: int, at: int
) -> int:
    """The library's own warpers in their order, one row, without any of the shortcuts."""
    scores = ((logits - logits.max()) / temperature)[None]
    if top_k:
        scores = TopKLogitsWarper(top_k)(None, scores)
    if top_p < 1:
        scores = TopPLogitsWarper(top_p)(None, scores)
    if min_p:
        scores = MinPLogitsWarper(min_p)(None, scores)
    noise = gumbel_noise(
        seed_tensor([seed], CPU), torch.tensor([at]), torch.arange(len(logits))[None]
    )
    return int((scores + noise).argmax())


@given(
    seed=st.integers(-(2**63), 2**64),
    position=st.integers(0, 10_000),
    temperature=st.floats(0.2, 3),
    top_p=st.sampled_from([0.05, 0.5, 0.9, 0.95, 0.999, 1.0]),
    top_k=st.sampled_from([0, 0, 1, 7, 255, 256, 300, 5000]),
    min_p=st.sampled_from([0.0, 0.0, 0.001, 0.1, 0.9]),
    spread=st.sampled_from([0.5, 3.0, 10.0]),
    shape=st.integers(0, 1000),
)
@settings(max_examples=150, deadline=None)
def test_what_is_kept_is_what_the_library_keeps(
    seed: int,
    position: int,
    temperature: float,
    top_p: float,
    top_k: int,
    min_p: float,
    spread: float,
    shape: int,
) -> None:
    generator = torch.Generator().manual_seed(shape)
    logits = torch.randn(1, 900, generator=generator) * spread
    token = draw_all(
        logits, [seed], temperature=temperature, top_p=top_p, top_k=top_k, min_p=min_p,
        positions=[position],
    )  # fmt: skip
    assert token == [plain(logits[0], temperature, top_p, top_k, min_p, seed, position)]


def test_the_penalty_is_the_library_s_and_leaves_other_rows_alone() -> None:
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(2, 50, generator=generator)
    written = [4, 9, 4, 30]
    mask = torch.zeros(50, dtype=torch.bool)
    mask[written] = True
    expected = RepetitionPenaltyLogitsProcessor(1.7)(torch.tensor([written]), logits[:1].clone())
    found = penalized(logits, [1.7, 1.0], [mask, None])
    assert torch.equal(found[0], expected[0])
    assert torch.equal(found[1], logits[1])
    assert penalized(logits, [1, 1], [None, None]) is logits


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    generator = torch.Generator().manual_seed(1)
    rows = 32
    logits = torch.randn(rows, 2000, generator=generator) * 4
    arguments = {
        "temperature": torch.tensor([0.0, 0.3, 0.7, 1.5] * 8),
        "top_p": torch.tensor([1.0, 0.9, 0.5, 0.99, 0.3, 1.0, 0.95, 1.0] * 4),
        "top_k": torch.tensor([0, 3, 0, 300] * 8),
        "min_p": torch.tensor([0.0, 0.0, 0.2, 0.01, 0.0, 0.5, 0.0, 0.0] * 4),
        "seeds": torch.arange(rows) * 7919,
        "positions": torch.arange(rows) % 5,
    }
    together = draw(logits, **arguments)
    for row in range(rows):
        only = slice(row, row + 1)
        alone = draw(logits[only], **{key: value[only] for key, value in arguments.items()})
        assert alone.tolist() == together[only].tolist()


def test_greedy_takes_the_lowest_of_equal_tokens_and_masked_tokens_never() -> None:
    logits = torch.tensor([[1.0, 3.0, 3.0, -math.inf]])
    assert draw_all(logits, [5], temperature=0.0) == [1]
    assert 3 not in draw_all(logits, list(range(2000)), temperature=50.0)


def test_a_tiny_temperature_is_greedy_but_does_not_overflow() -> None:
    logits = torch.tensor([[1.0, 3.0, 2.99]])
    assert set(draw_all(logits, list(range(50)), temperature=1e-30)) == {1}
