"""Does an output give away which model wrote it? Then the names are masked before it is judged."""

import re

LETTERS = re.compile(r"[^\W\d_]{3,}")


def identifying_names(name: str, maker: str) -> list[str]:
    """What would give a model away: the first word of its name without version, and its maker.

    "SmolLM2 135M Instruct" by "Hugging Face" gives "SmolLM" and "Hugging Face".
    """
    first = LETTERS.search(name)
    return [text for text in (first[0] if first else "", maker.strip()) if len(text) >= 3]


MASK = "█"


def naming(name: str, maker: str) -> re.Pattern[str] | None:
    """Finds the model's names as words, in any case; None where it has no name to find."""
    words = identifying_names(name, maker)
    if not words:
        return None
    either = "|".join(re.escape(word) for word in words)
    # A version that hangs on to the name ("2-135M") goes with it.
    return re.compile(
        rf"(?<![^\W\d_])(?:{either})(?![^\W\d_])(?:[\d-](?:[\w.-]*\w)?)?", re.IGNORECASE
    )


def names_model(text: str, *, name: str, maker: str) -> bool:
    """Whether *text* contains the model's name or its maker as a word, in any case.

    That neither stands anywhere in it is found thirty times as quickly as that neither is a word.
    """
    said = _folded(text)
    if not any(_folded(word) in said for word in identifying_names(name, maker)):
        return False
    pattern = naming(name, maker)
    return pattern is not None and pattern.search(text) is not None


def _folded(text: str) -> str:
    """The same for all that the pattern takes for the same, the two Turkish letters i among it."""
    return text.replace("İ", "i").replace("ı", "i").casefold()


def masked_text(text: str, *, name: str, maker: str) -> str:
    """*text* with every such name blotted out, code point for code point.

    Its length stays, so that what judges mark is at the same place in the stored text.
    """
    pattern = naming(name, maker)
    return pattern.sub(lambda found: MASK * len(found[0]), text) if pattern else text
