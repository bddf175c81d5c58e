"""A share by people, sharpened by a model: coverage by simulation, and what it must not do."""

from dataclasses import dataclass

import numpy as np
import pytest

from evaluations.measures.intervals import wilson
from evaluations.measures.judges import Sharpened, prediction_powered_mean

DRAWS = 500
SLACK = 3 * (0.95 * 0.05 / DRAWS) ** 0.5
"""Three standard errors of a simulated coverage."""


@dataclass(frozen=True)
class World:
    """Items of which people judge some: how often the model finds what is met, and what is not."""

    share: float = 0.4
    people: int = 60
    items: int = 600
    finds: float = 0.9
    rejects: float = 0.9
    a_prompt: int = 1
    alike: float = 0.0
    by_prompt: bool = False

    def draw(self, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """People's answers, the model's, and the prompts, as the measure takes them."""
        prompts = self.items // self.a_prompt
        prompt = np.repeat(np.arange(prompts), self.a_prompt)
        met_there = np.full(prompts, self.share)
        if self.alike:
            spread = (1 - self.alike) / self.alike
            met_there = chance.beta(self.share * spread, (1 - self.share) * spread, prompts)
        truth = chance.random(self.items) < met_there[prompt]
        right = np.where(truth, self.finds, self.rejects)
        model = np.where(chance.random(self.items) < right, truth, ~truth)
        if self.by_prompt:
            drawn = chance.choice(prompts, self.people // self.a_prompt, replace=False)
            judged = np.isin(prompt, drawn)
        else:
            judged = np.zeros(self.items, bool)
            judged[chance.choice(self.items, self.people, replace=False)] = True
        return np.where(judged, truth, np.nan), model.astype(float), prompt


def simulated(world: World, seed: int) -> tuple[float, float, list[Sharpened]]:
    """How often the interval holds the share, the mean error of the estimate, and each result."""
    chance = np.random.default_rng(seed)
    found = [prediction_powered_mean(*world.draw(chance)) for _ in range(DRAWS)]
    held = np.mean([each.interval.low <= world.share <= each.interval.high for each in found])
    off = np.mean([each.interval.estimate for each in found]) - world.share
    return float(held), float(off), found


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(), id="a good judge"),
        pytest.param(World(finds=1.0, rejects=0.5), id="a judge that is far too kind"),
        pytest.param(World(finds=0.5, rejects=0.95), id="a judge that is far too strict"),
        pytest.param(World(finds=0.5, rejects=0.5), id="a judge that tosses a coin"),
        pytest.param(World(finds=0.2, rejects=0.2), id="a judge that says the opposite"),
        pytest.param(World(share=0.05, finds=0.98, rejects=0.98), id="rarely wrong, rarely met"),
        pytest.param(World(people=30, share=0.2), id="as few as may be"),
        pytest.param(World(people=250, share=0.5), id="many by people"),
        pytest.param(World(a_prompt=3, alike=0.3), id="clusters, items drawn"),
        pytest.param(World(a_prompt=3, alike=0.3, by_prompt=True), id="clusters, prompts drawn"),
        pytest.param(
            World(a_prompt=5, alike=0.5, by_prompt=True, finds=1.0, rejects=0.5, people=150),
            id="clusters and too kind",
        ),
        pytest.param(
            World(a_prompt=5, alike=0.5, by_prompt=True, finds=0.5, rejects=0.5, people=150),
            id="clusters and useless",
        ),
    ],
)
def test_the_interval_holds_the_share_as_often_as_it_says(world: World) -> None:
    held, off, found = simulated(world, seed=2023)
    assert held >= 0.95 - SLACK
    spread = np.std([each.interval.estimate for each in found]) / DRAWS**0.5
    # The weight is made from the same items: a bias far below the error of one interval.
    assert abs(off) < 4 * spread + 0.004


def test_what_a_judge_is_worth() -> None:
    worth = {}
    for name, world in {
        "good": World(finds=0.95, rejects=0.95),
        "kind": World(finds=1.0, rejects=0.5),
        "coin": World(finds=0.5, rejects=0.5),
        "opposite": World(finds=0.1, rejects=0.1),
    }.items():
        _, _, found = simulated(world, seed=7)
        worth[name] = float(np.median([each.worth for each in found]))
        narrower = np.mean([each.interval.high - each.interval.low for each in found])
        alone = wilson(24, 60)
        if name == "good":
            assert narrower < 0.75 * (alone.high - alone.low)
            # Far from conservative where much is known: an interval that always held would be
            # as wrong as one that never did.
            held, _, _ = simulated(World(people=250, share=0.5), seed=7)
            assert held < 0.95 + SLACK
        if name in ("coin", "opposite"):
            assert narrower < 1.05 * (alone.high - alone.low)
    assert worth["good"] > 60
    assert 60 > worth["kind"] > 5
    assert worth["coin"] < 3
    assert worth["opposite"] == pytest.approx(0)


def test_the_gain_is_that_of_the_published_formula() -> None:
    # With weight cov / var, the error falls by the part of the variance that the model explains
    # where people did not look: n (1 - r² N / (n + N)) in place of n.
    chance = np.random.default_rng(3)
    people, model, prompt = World(people=1000, items=6000, share=0.5).draw(chance)
    found = prediction_powered_mean(people, model, prompt)
    both = ~np.isnan(people)
    r = np.corrcoef(people[both], model[both])[0, 1]
    assert found.effective == pytest.approx(1000 / (1 - r**2 * 5 / 6), rel=0.02)
    covariance = np.cov(people[both], model[both])
    assert found.weight == pytest.approx(covariance[0, 1] / covariance[1, 1], rel=0.02)
    means = model.mean() - model[both].mean()
    assert found.interval.estimate == pytest.approx(np.nanmean(people) + found.weight * means)
    assert (found.people, found.model, found.both) == (1000, 6000, 1000)


def test_a_useless_model_changes_nothing() -> None:
    people = np.array([1.0, 0.0] * 20 + [np.nan] * 100)
    found = prediction_powered_mean(people, np.ones(140), np.arange(140))
    assert found.interval.estimate == 0.5
    assert found.worth == pytest.approx(0)
    # All say the same: the share is theirs, and the interval knows that forty is not all.
    everybody = np.where(np.isnan(people), np.nan, 1.0)
    same = prediction_powered_mean(everybody, np.ones(140), np.arange(140))
    assert same.interval.estimate == 1
    assert same.interval.low < wilson(40, 40).low + 0.01


def test_it_refuses_what_it_cannot_know() -> None:
    people, model = np.array([1.0, 0.0] * 15), np.array([1.0, 0.0] * 15)
    prediction_powered_mean(people, model, np.arange(30))
    with pytest.raises(ValueError, match="not 29 in 29"):
        prediction_powered_mean([np.nan, *people[1:]], model, np.arange(30))
    with pytest.raises(ValueError, match="not 30 in 4"):
        prediction_powered_mean(people, model, np.arange(30) % 4)
    with pytest.raises(ValueError, match="one shape"):
        prediction_powered_mean(people, model[1:], np.arange(30))
    with pytest.raises(ValueError, match="between 0 and 1"):
        prediction_powered_mean(people * 2, model, np.arange(30))
    with pytest.raises(ValueError, match="confidence"):
        prediction_powered_mean(people, model, np.arange(30), 1.0)
