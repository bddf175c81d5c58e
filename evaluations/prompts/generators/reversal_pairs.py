"""Facts about invented people, asked for as they are stated, the other way round, and reordered.

That models which learned "A is B" do not answer "B is A" is a finding of Berglund and others (2023,
arXiv:2309.12288) about facts of the training. Here the facts stand in the prompt: whoever answers
the one question and not the other reads them in one direction.
"""

from collections.abc import Mapping
from typing import Any, Final

from evaluations.prompts.generators.draw import Draw
from evaluations.prompts.generators.item import Generated
from evaluations.prompts.generators.options import variant_and_level

TASK: Final = "reversal_pairs"
VERSION: Final = "1"
VARIANTS: Final = ("stated", "reversed", "reordered")
LEVELS: Final = range(2, 11)
"""Facts in the prompt, one of which is asked for."""
ROLES: Final = ("teacher", "doctor", "coach", "landlord", "editor", "dentist", "lawyer", "guide")
NAMES: Final = (
    "Arlen", "Belda", "Corin", "Davos", "Elvin", "Farla", "Goran", "Hedda", "Ivolt", "Jarna",
    "Kelso", "Lumar", "Merik", "Nalda", "Orvel", "Pelka", "Quarl", "Renko", "Selva", "Torin",
    "Ulrek", "Vanda", "Wimar", "Xanti", "Yorel", "Zelma",
)  # fmt: skip
"""Names of five letters, so that both questions and both answers are of one length."""


def generate(*, seed: int, index: int, config: Mapping[str, Any]) -> Generated:
    """Item `index` of the pairs with this seed; `config` takes `variant` and `level` (facts)."""
    variant, count = variant_and_level(config, variants=VARIANTS, levels=LEVELS)
    draw = Draw(f"{TASK} {VERSION} {seed} {index} {count}")
    role = draw.one_of(ROLES)
    names = draw.in_any_order(NAMES)
    pairs = [(names[2 * at], names[2 * at + 1]) for at in range(count)]
    known, other = pairs[draw.below(count)]
    facts = [f"{one} is the {role} of {two}." for one, two in pairs]
    if variant == "reordered":
        mixed = facts
        while mixed == facts:
            mixed = draw.in_any_order(facts)
        facts = mixed
    if variant == "reversed":
        question, answer = f"Of whom is {known} the {role}?", other
    else:
        question, answer = f"Who is the {role} of {other}?", known
    return Generated(text=f"{' '.join(facts)} {question}", answer=answer)
