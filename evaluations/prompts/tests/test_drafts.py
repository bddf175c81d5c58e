"""What keeps a prompt from being stored, as a sentence."""

from typing import Any

import pytest

from evaluations.prompts.drafts import Held, drafted, faults, own_fault


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": " "}, "It has no text."),
        ({"text": "\u3164\u200b"}, "It has no text."),
        ({"title": "Two \u202elamps"}, "“title” holds a character that nobody sees (U+202E):"),
        ({"title": "Two \x1blamps"}, "“title” holds a character that nobody sees (U+001B):"),
        ({"title": "\ufeff"}, "“title” holds nothing that anybody sees (U+FEFF):"),
        ({"text": "a" * 8001}, "“text” has 8,001 characters; 8,000 are the most."),
        ({"note": "a\0b"}, "“note” holds the character NUL."),
        ({"origin": {"a": ["\0"]}}, "“origin” holds the character NUL."),
        ({"origin": {"a": {"\udfff": 1}}}, "“origin” holds half of a surrogate pair."),
        ({"origin": {"a": [1, float("nan")]}}, "“origin” holds NaN, Infinity or a number"),
        ({"origin": {"a": float("-inf")}}, "“origin” holds NaN, Infinity or a number"),
        ({"relation": "sideways", "family": "f"}, "“sideways” is no relation."),
        ({"family": "f"}, "it has no relation"),
        ({"relation": "surface"}, "it has no family"),
        ({"grader": "judge", "reference": "7"}, "“judge” is no grader."),
        ({"grader": "regex", "reference": "7"}, "these parameters: 'pattern' is lacking"),
        (
            {"grader": "regex", "reference": "7", "parameters": {"pattern": "[a-z]"}},
            "the reference '7' is not recognised",
        ),
        ({"parameters": {"within": 1}}, "It has parameters of a grader and no grader."),
        ({"parameters": {"a": "\0"}}, "“parameters” holds the character NUL."),
        ({"parameters": {"a": "a" * 4000}}, "“parameters” has more than 4,000 characters."),
        ({"grader": "numeric"}, "It has a grader and no reference answer."),
        ({"grader": "numeric", "reference": "noon"}, "Its grader cannot work with this reference"),
        ({"grader": "choice", "reference": "G"}, "not one letter from A to E"),
    ],
)
def test_a_draft_that_cannot_be_stored(fields: dict[str, Any], sentence: str) -> None:
    assert sentence in own_fault(drafted(**{"text": "Why?", **fields}))


def test_a_draft_is_put_in_order() -> None:
    draft = drafted(text="  One.\r\nTwo.\r", title="", reference=None)
    assert (draft.text, draft.title, draft.reference) == ("One.\nTwo.", "One.", "")
    assert drafted(text="Why?", title="Two\n\tlamps ").title == "Two lamps"
    unseen = drafted(text="\u200b\nWhy\tdoes \u202eit shine?\nNo.")
    assert unseen.title == "Why does it shine?"
    assert own_fault(unseen) == "", "a text may hold what a title may not"
    long = drafted(text="word " * 30).title
    assert long.endswith("word …")
    assert len(long) < 63


def test_what_takes_too_long_ends_the_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"pattern": "(a+)+$", "whole": False}
    slow = {"grader": "regex", "reference": "a" * 60 + "!b", "parameters": told}
    faults_found = faults([drafted(text="1"), drafted(text="2", **slow), drafted(text="")], Held())
    assert [fault.place for fault in faults_found] == [1]
    assert "Its grader cannot be tried: timed out." in faults_found[0].sentence
    monkeypatch.setattr("evaluations.prompts.drafts.SECONDS", -1)
    (fault,) = faults([drafted(text="1")], Held())
    assert fault.sentence.endswith("store fewer at once.")


def test_drafts_are_looked_at_together() -> None:
    drafts = [
        drafted(text="a", family="f", relation="original"),
        drafted(text="a"),
        drafted(text="b", family="f", relation="original"),
        drafted(text="c", family="g", relation="surface"),
        drafted(text="d"),
        drafted(text="e", family="h", relation="surface"),
    ]
    held = Held(frozenset({"d"}), {"h": True})
    assert [(fault.place, fault.sentence) for fault in faults(drafts, held)] == [
        (1, "It has the same text as prompt 1 of these."),
        (2, "The family “f” has an original already."),
        (
            3,
            "The family “g” has no original: one of its prompts has the relation “original”.",
        ),
        (4, "The set has a prompt with the same text already."),
    ]
