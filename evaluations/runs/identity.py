"""Does an output give away which model wrote it? Then it cannot be judged blind."""

import re

LETTERS = re.compile(r"[^\W\d_]{3,}")


def identifying_names(name: str, maker: str) -> list[str]:
    """What would give a model away: the first word of its name without version, and its maker.

    "SmolLM2 135M Instruct" by "Hugging Face" gives "SmolLM" and "Hugging Face".
    """
    first = LETTERS.search(name)
    return [text for text in (first[0] if first else "", maker.strip()) if len(text) >= 3]


def names_model(text: str, *, name: str, maker: str) -> bool:
    """Whether *text* contains the model's name or its maker as a word, in any case."""
    return any(
        re.search(rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])", text, re.IGNORECASE)
        for word in identifying_names(name, maker)
    )
