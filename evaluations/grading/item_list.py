"""A list: does the answer name the same things?

The reference has its items between commas, semicolons or lines. An answer may name them so, with
bullets or numbers, with "and", in brackets, behind a colon or "are". Items are compared as texts,
without case, punctuation and articles, or as numbers; each counts as often as it is named.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from evaluations.grading import exact, numeric
from evaluations.grading.grade import Grade, UnusableReference, right, wrong
from evaluations.grading.parameters import NONE, Parameter, Parameters
from evaluations.grading.statement import Statement, plain_sentences, undecorated

VERSION: Final = 2 + numeric.VERSION + exact.VERSION
MOST_ITEMS: Final = 200
PARAMETERS: Final = (
    Parameter("ordered", "flag", "whether they must come in the same order", False),
    Parameter("items", "choice", "how two items are compared", "text", ("text", "numbers")),
    Parameter(
        "credit", "choice", "whether a part of the items is worth a part of the point", "all",
        ("all", "share"),
    ),
)  # fmt: skip
_BULLET: Final = re.compile(r"^[ \t]{0,8}(?:[-*•+]|\(?[0-9]{1,3}[.)])[ \t]{1,4}", re.MULTILINE)
_BETWEEN: Final = re.compile(
    r"\s{0,3}(?:;|\n|→|->|,(?![0-9]{3}(?![0-9]))|,(?=\s))\s{0,3}(?:(?:and|then)\b\s{0,3})?"
    r"|\s(?:and|&)\s",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(r"(?::|\b(?:is|are|be|was|were)\b)\s{1,3}", re.IGNORECASE)


def check_reference(reference: str, parameters: Parameters) -> None:
    """Raise UnusableReference unless the reference names at least one item, each readable."""
    found = _items(reference, parameters)
    if not found or len(found) > MOST_ITEMS:
        raise UnusableReference(
            f"the reference {reference[:100]!r} is no list of 1 to {MOST_ITEMS} items"
        )
    if "" in found:
        raise UnusableReference(f"the reference {reference[:100]!r} has an item that is no number")


def grade(stated: Statement, reference: str, parameters: Parameters) -> Grade:
    """1 if the answer names the reference's items, else 0; or the share that both name.

    The share is of the items that either names (Jaccard's), or, in order, of the places of the
    longer list.
    """
    expected = _items(reference, parameters)
    best, named = 0.0, ""
    for text in _candidates(stated):
        score = _likeness(_items(text, parameters), expected, ordered=parameters["ordered"])
        if not named or score > best:
            best, named = score, text[:200]
    if best == 1:
        return right(named, f"the same {len(expected)} items")
    if parameters["credit"] == "all" or not best:
        return wrong(named, "not the same items")
    return Grade(best, named, f"{best:.0%} of the items")


def _candidates(stated: Statement) -> Iterator[str]:
    """Readings of a statement as a list: all its lines, its first or last, with and without what
    leads up to the items."""
    text = undecorated_lines(stated.text)
    lines = [line for line in text.splitlines() if line.strip()]
    line = lines[-1 if stated.how == "last-line" else 0] if lines else ""
    # A line that ends in a colon introduces the items below.
    below = "\n".join(lines[1:]) if len(lines) > 1 and lines[0].rstrip().endswith(":") else text
    listed = _listed(stated.text)
    for whole in dict.fromkeys([text, below, line, *plain_sentences(line)[:1], *listed]):
        yield whole
        if "\n" not in whole and (lead := list(_LEAD.finditer(whole))):
            yield whole[lead[0].end() :]
            yield whole[lead[-1].end() :]


def _listed(text: str) -> list[str]:
    """The bulleted lines that a text begins with, where a blank line parts them from a remark."""
    lines, _, remark = text.strip().partition("\n\n")
    bullets = [_BULLET.match(line) for line in lines.splitlines()]
    if len(bullets) < 2 or not all(bullets) or not remark or _BULLET.search(remark):
        return []
    return [undecorated_lines(lines)]


def undecorated_lines(text: str) -> str:
    """The text in plain words, without the bullets and numbers of its lines."""
    return undecorated(_BULLET.sub("", text))


def _items(text: str, parameters: Parameters) -> list[str]:
    """The items in a form to be compared; empty for one that is no number where it must be."""
    pieces = [piece for piece in _BETWEEN.split(text.strip().strip("[](){}.")) if piece.strip()]
    if parameters["items"] == "text":
        return [exact.normal_form(undecorated(piece)) for piece in pieces]
    return [_number(piece) for piece in pieces]


def _number(text: str) -> str:
    try:
        numeric.check_reference(text, NONE)
    except UnusableReference:
        return ""
    return str(numeric.number_of(text))


def _likeness(named: list[str], expected: list[str], *, ordered: bool) -> float:
    if ordered:
        same = sum(one == other for one, other in zip(named, expected, strict=False))
        return same / max(len(named), len(expected))
    counted, wanted = Counter(named), Counter(expected)
    return (counted & wanted).total() / (counted | wanted).total()
