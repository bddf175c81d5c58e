"""Chains of two to eight premises in plain words, in the same words shuffled, and in invented ones.

Every item has a premise for each step; whether the conclusion follows, is excluded or stays open
turns on one of them. The invented words have the letters of the plain ones in number, so that the
texts are of one length. Reordering premises is a test of Chen and others (2024, arXiv:2402.08939).
"""

from collections.abc import Mapping
from typing import Any, Final

from evaluations.prompts.generators.draw import Draw
from evaluations.prompts.generators.item import Generated
from evaluations.prompts.generators.options import variant_and_level

TASK: Final = "premise_chains"
VERSION: Final = "1"
VARIANTS: Final = ("plain", "reordered", "invented")
LEVELS: Final = range(2, 9)
"""Steps: premises on the way to the conclusion."""
KINDS: Final = ("yes", "no", "open")
WORDS: Final = {
    "baker": "tovik", "dancer": "prelub", "farmer": "galmot", "singer": "mirvon",
    "tailor": "kesdup", "painter": "brontil", "swimmer": "dwelpor", "gardener": "plumvast",
    "drummer": "frislon", "printer": "clabvem", "climber": "snortip", "sailor": "helmig",
    "potter": "zandul", "weaver": "rolpin", "cyclist": "trovnel", "hunter": "bimsak",
}  # fmt: skip
"""Plain words and invented ones, all of which begin with a consonant."""
NAMES: Final = ("Mina", "Tom", "Ida", "Leon", "Nora", "Paul", "Vera", "Hugo")
LETTERS: Final = dict(zip(KINDS, "ABC", strict=True))


def generate(*, seed: int, index: int, config: Mapping[str, Any]) -> Generated:
    """Item `index` of the chains with this seed; `config` takes `variant` and `level` (steps).

    The index decides the kind: the first follows, the second is excluded, the third is open.
    """
    variant, steps = variant_and_level(config, variants=VARIANTS, levels=LEVELS)
    draw = Draw(f"{TASK} {VERSION} {seed} {index} {steps}")
    kind = KINDS[index % len(KINDS)]
    plain = draw.in_any_order(list(WORDS))[: steps + 1]
    name = draw.one_of(NAMES)
    turned = draw.between(1, steps - 1)
    words = [WORDS[word] for word in plain] if variant == "invented" else plain
    links = [
        link(words, at, kind if at == (steps - 1 if kind == "no" else turned) else "yes")
        for at in range(steps)
    ]
    premises = [f"{name} is a {words[0]}.", *links]
    if variant == "reordered":
        mixed = premises
        while mixed == premises:
            mixed = draw.in_any_order(premises)
        premises = mixed
    text = (
        f"{' '.join(premises)} Is {name} a {words[-1]}? Choose A, B or C.\n"
        "A) Yes\nB) No\nC) It cannot be told"
    )
    return Generated(text=text, answer=LETTERS[kind])


def link(words: list[str], at: int, kind: str) -> str:
    """The premise from one word to the next; what it says where the chain is cut there."""
    first, second = words[at], words[at + 1]
    if kind == "no":
        return f"No {first} is a {second}."
    if kind == "open":
        return f"Every {second} is a {first}."
    return f"Every {first} is a {second}."
