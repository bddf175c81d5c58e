import string
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.prompts.generators import (
    BadConfig,
    Generated,
    Origin,
    UnknownGenerator,
    VersionMismatch,
    letter_strings,
    reasoning_gym,
    regenerate,
)

ORIGIN: Origin = {
    "package": "by-what-definition",
    "version": "2",
    "task": "letter_strings",
    "seed": 2024,
    "index": 0,
    "config": {"transformation": "successor"},
}
CONFIGS = st.fixed_dictionaries(
    {
        "transformation": st.sampled_from(sorted(letter_strings.TRANSFORMATIONS)),
        "length": st.sampled_from(letter_strings.LENGTHS),
    }
)


def _strings(item: Generated, alphabet: str) -> list[list[int]]:
    """The three strings of an item's text and its answer, as places in the alphabet."""
    problem = item.text.partition("\n\n")[2]
    shown_before, rest = problem.removeprefix("In this order, ").split(" changes to ")
    shown_after, rest = rest.split(". In the same way, what does ")
    asked = rest.split(" change to?")[0]
    return [
        [alphabet.index(letter) for letter in written.split()]
        for written in (shown_before, shown_after, asked, item.answer)
    ]


def _alphabet(item: Generated) -> str:
    return item.text.partition(": ")[2].partition(".")[0].replace(" ", "")


def _apply(transformation: str, before: list[int]) -> list[int]:
    """What a transformation makes of a string, told from the string alone."""
    match transformation:
        case "successor":
            return [*before[:-1], before[-1] + 1]
        case "predecessor":
            return [before[0] - 1, *before[1:]]
        case "extension":
            return [*before, before[-1] + 1]
        case "deduplication":
            return sorted(set(before))
        case "repair":
            start = before[0]
            return list(range(start, start + len(before)))
    raise AssertionError(transformation)


@given(seed=st.integers(0, 10**6), index=st.integers(0, 1000), config=CONFIGS)
def test_answers_follow_from_the_transformation(
    seed: int, index: int, config: dict[str, Any]
) -> None:
    for alphabet in ("usual", "permuted"):
        item = letter_strings.generate(
            seed=seed, index=index, config={**config, "alphabet": alphabet}
        )
        given_alphabet = _alphabet(item)
        assert sorted(given_alphabet) == list(string.ascii_lowercase)
        assert (given_alphabet == string.ascii_lowercase) == (alphabet == "usual")
        shown, shown_after, asked, answer = _strings(item, given_alphabet)
        assert shown_after == _apply(config["transformation"], shown)
        assert answer == _apply(config["transformation"], asked)
        assert shown != asked
        assert len(min(shown, shown_after, key=len)) == config["length"]
        if config["transformation"] == "repair":
            wrong = [a for a, b in zip(asked, answer, strict=True) if a != b]
            assert len(wrong) == 1
            assert not min(answer) - 1 <= wrong[0] <= max(answer) + 1


@given(seed=st.integers(0, 10**6), index=st.integers(0, 1000), config=CONFIGS)
def test_a_permuted_item_is_the_same_problem_in_another_order(
    seed: int, index: int, config: dict[str, Any]
) -> None:
    usual = letter_strings.generate(seed=seed, index=index, config=config)
    permuted = letter_strings.generate(
        seed=seed, index=index, config={**config, "alphabet": "permuted"}
    )
    assert _strings(usual, _alphabet(usual)) == _strings(permuted, _alphabet(permuted))


def test_seed_and_index_change_the_item() -> None:
    def text(seed: int, index: int) -> str:
        return letter_strings.generate(
            seed=seed, index=index, config={"transformation": "repair", "length": 5}
        ).text

    assert text(1, 0) == text(1, 0)
    assert len({text(1, index) for index in range(20)}) > 15
    assert len({text(seed, 0) for seed in range(20)}) > 15


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "transformation"),
        ({"transformation": "reversal"}, "one of successor"),
        ({"transformation": "successor", "alphabet": "Greek"}, "usual or permuted"),
        ({"transformation": "successor", "length": 2}, "3 to 6"),
        ({"transformation": "successor", "length": 7}, "3 to 6"),
        ({"transformation": "successor", "length": True}, "3 to 6"),
        ({"transformation": "successor", "colour": "red"}, "colour"),
    ],
)
def test_bad_options_are_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        letter_strings.generate(seed=1, index=0, config=config)


def test_another_version_or_generator_is_refused() -> None:
    assert regenerate(ORIGIN).answer == "k l n"
    with pytest.raises(VersionMismatch, match=r"with by-what-definition 0.*installed is 2"):
        regenerate({**ORIGIN, "version": "0"})
    with pytest.raises(VersionMismatch, match=r"with reasoning-gym 0\.0\.1"):
        regenerate({**ORIGIN, "package": "reasoning-gym", "version": "0.0.1"})
    with pytest.raises(UnknownGenerator, match="number_strings"):
        regenerate({**ORIGIN, "task": "number_strings"})
    with pytest.raises(UnknownGenerator, match="elsewhere"):
        regenerate({**ORIGIN, "package": "elsewhere"})


@settings(max_examples=20, deadline=None)
@given(index=st.integers(0, 40), seed=st.integers(0, 1000))
def test_an_item_of_reasoning_gym_does_not_depend_on_the_size_asked(index: int, seed: int) -> None:
    entry = import_module("reasoning_gym").create_dataset("syllogism", seed=seed, size=100)[index]
    item = reasoning_gym.generate(task="syllogism", seed=seed, index=index, config={})
    assert (item.text, item.answer) == (entry["question"], entry["answer"])


def test_reasoning_gym_refuses_what_it_does_not_know() -> None:
    with pytest.raises(UnknownGenerator, match="no_such_task"):
        reasoning_gym.generate(task="no_such_task", seed=1, index=0, config={})
    with pytest.raises(BadConfig, match="no options"):
        reasoning_gym.generate(task="syllogism", seed=1, index=0, config={"size": 9})
    with pytest.raises(BadConfig, match="no options"):
        reasoning_gym.generate(task="syllogism", seed=1, index=-1, config={})
    with pytest.raises(BadConfig, match="colour"):
        reasoning_gym.generate(task="syllogism", seed=1, index=0, config={"colour": "red"})
    with pytest.raises(BadConfig, match="min_terms"):
        reasoning_gym.generate(task="number_sequence", seed=1, index=0, config={"min_terms": -1})
