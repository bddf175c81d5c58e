"""Words shared by the sentences about rules."""

from collections.abc import Mapping, Sequence


def label(key: str, titles: Mapping[str, str] | None) -> str:
    """A criterion's title, or where there is none its key with spaces for hyphens."""
    title = titles.get(key) if titles is not None else None
    return title or key.replace("-", " ")


def join(parts: Sequence[str], word: str = "and") -> str:
    """Parts as a list within a sentence: "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"
