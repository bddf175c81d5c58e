"""Differences: nothing is lost, and what differs is named."""

import json

from hypothesis import given
from hypothesis import strategies as st

from evaluations.definitions.diffs import LONGEST, TextPiece, difference, lines, words
from evaluations.definitions.models import DefinitionVersion
from evaluations.definitions.tests.cast import wording
from evaluations.rules.tests.strategies import rules

texts = st.text(alphabet="ab ,.\n’é-", max_size=40)


def joined(pieces: tuple[TextPiece, ...], *kinds: str) -> str:
    return "".join(piece.text for piece in pieces if piece.kind in kinds)


@given(texts, texts)
def test_both_texts_can_be_read_from_their_difference(before: str, after: str) -> None:
    pieces = words(before, after)
    assert joined(pieces, "same", "del") == before
    assert joined(pieces, "same", "ins") == after
    assert all(piece.text for piece in pieces)


@given(rules(), rules())
def test_both_rules_can_be_read_from_their_lines(before: object, after: object) -> None:
    pieces = lines(before, after)
    for rule, kind in ((before, "del"), (after, "ins")):
        text = "\n".join(piece.text for piece in pieces if piece.kind in ("same", kind))
        assert json.loads(text) == rule


def test_whole_words_change() -> None:
    assert words("the process of drawing conclusions", "the act of drawing conclusions") == (
        TextPiece("same", "the "), TextPiece("del", "process"), TextPiece("ins", "act"),
        TextPiece("same", " of drawing conclusions"),
    )  # fmt: skip


def test_neighbouring_changes_are_one() -> None:
    assert words("drawing conclusions here", "not yet here") == (
        TextPiece("del", "drawing conclusions"),
        TextPiece("ins", "not yet"),
        TextPiece("same", " here"),
    )


def test_a_very_long_text_is_replaced_as_a_whole() -> None:
    long = "word " * LONGEST
    assert [piece.kind for piece in words(long, "short")] == ["del", "ins"]


def test_what_differs_is_named() -> None:
    before = DefinitionVersion(**wording())
    same = difference(before, DefinitionVersion(**wording()), {})
    assert (same.changed, same.changed_labels, same.rule_changed) == (False, [], False)
    after = DefinitionVersion(
        **wording(statement="drawing a conclusion", rule={"any": ["one"]}, partly_policy="met")
    )
    found = difference(before, after, {"one": "has one"})
    assert found.changed_labels == ["Statement", "Partly", "Rule"]
    assert joined(found.rule.pieces, "same", "ins") == "has one"


def test_a_long_text_of_few_words_is_compared_as_a_whole_between_what_stayed() -> None:
    before, after = (
        "begin " + " ".join(some) + " end" for some in (["a", "b"] * 300, ["b", "c"] * 300)
    )
    pieces = words(before, after)
    assert [piece.kind for piece in pieces] == ["same", "del", "ins", "same"]
    assert "".join(piece.text for piece in pieces if piece.kind != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "del") == after


def test_one_new_word_in_a_long_text_of_few_words_is_found() -> None:
    text = "a b " * 300
    pieces = words(text + "a", text + "new a")
    assert [piece.text for piece in pieces if piece.kind == "ins"] == ["new "]
