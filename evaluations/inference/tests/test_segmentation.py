"""Segmentation version 2."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.inference.segmentation import SEGMENTATION_VERSION, segment


def steps(text: str) -> list[str]:
    return [text[start:end] for start, end in segment(text)]


def test_version() -> None:
    assert SEGMENTATION_VERSION == 2


CASES = {
    "nothing": ("", []),
    "blank": (" \r\n\t\n", []),
    "one step": ("  It is 8. \n", ["It is 8."]),
    "numbered": ("1. Add 3.5 apples.\n2. Done.", ["1. Add 3.5 apples.", "2. Done."]),
    "preamble": ("We add:\n\n1) a\n2) b", ["We add:", "1) a", "2) b"]),
    "bullets": ("- a\n* b\n• c", ["- a", "* b", "• c"]),
    "steps by name": (
        "**Step 1:** a\nmore\n### Step 2\nb\nStep 3. c",
        ["**Step 1:** a\nmore", "### Step 2\nb", "Step 3. c"],
    ),
    "inner items stay with theirs": (
        "1. a\n   - x\n   - y\n2. b",
        ["1. a\n   - x\n   - y", "2. b"],
    ),
    "items parted by blank lines": ("1. a\n\n   more\n\n2. b", ["1. a\n\n   more", "2. b"]),
    "conclusion after a list": ("1. a\n2. b\n\nSo it is c.", ["1. a", "2. b", "So it is c."]),
    "a single item is no list": ("We see:\n\n- a", ["We see:", "- a"]),
    "decimals are no numbers": (
        "3.5 apples and\n2.5 pears",
        ["3.5 apples and", "2.5 pears"],
    ),
    "a year is no number": ("Then came\n2024. And so on.", ["Then came", "2024. And so on."]),
    "paragraphs": ("One. Two.\nThree.\n \t\nFour.", ["One. Two.\nThree.", "Four."]),
    "paragraphs with carriage returns": ("One.\r\nTwo.\r\n\r\nThree.", ["One.\r\nTwo.", "Three."]),
    "lines": ("One. Two.\nThree.", ["One. Two.", "Three."]),
    "lines with carriage returns": ("One\r\nTwo\rThree", ["One", "Two", "Three"]),
    "sentences": ("We add. Is it 8? Yes! Good…", ["We add.", "Is it 8?", "Yes!", "Good…"]),
    "decimals in sentences": ("It costs 3.5 euros. We pay.", ["It costs 3.5 euros.", "We pay."]),
    "abbreviations": (
        "Fruit, e.g. Apples, i.e. Gala, and Mr. Smith vs. J. Doe. Next.",
        ["Fruit, e.g. Apples, i.e. Gala, and Mr. Smith vs. J. Doe.", "Next."],
    ),
    "quotes close with their sentence": (
        'He said "Stop." (She went.) They left.',
        ['He said "Stop."', "(She went.)", "They left."],
    ),
    "small letters go on": ("We add... and then stop. End.", ["We add... and then stop.", "End."]),
    "numbers within a line": ("1. Add it. 2. Take it.", ["1. Add it.", "2. Take it."]),
    "formulas are whole": (
        r"So $a = 1. B$ holds. And \(x. Y\) too. \[ z. Z \] End.",
        [r"So $a = 1. B$ holds.", r"And \(x. Y\) too.", r"\[ z. Z \] End."],
    ),
    "money is no formula": ("It is $5. Then $6. Done.", ["It is $5.", "Then $6.", "Done."]),
    "emoji": ("Fine 👍🏽. Next 👩‍👩‍👧!️ Then.", ["Fine 👍🏽.", "Next 👩‍👩‍👧!️", "Then."]),
    "combining marks": ("Cafe\u0301. E\u0301te\u0301.", ["Cafe\u0301.", "E\u0301te\u0301."]),
    "code is whole": (
        "Run:\n```\n1. a\n\n2. b\n```\nDone.",
        ["Run:", "```\n1. a\n\n2. b\n```", "Done."],
    ),
    "displayed formulas are whole": (
        "So\n\\[\nx = 1\n\ny = 2\n\\]\nand\n\\begin{align}\na\\\\\nb\n\\end{align}",
        ["So", "\\[\nx = 1\n\ny = 2\n\\]", "and", "\\begin{align}\na\\\\\nb\n\\end{align}"],
    ),
    "tables are whole": (
        "See\n| a | b |\n|---|---|\n| 1 | 2 |\nDone.",
        ["See", "| a | b |\n|---|---|\n| 1 | 2 |", "Done."],
    ),
    "stops of other scripts": ("ما هذا؟ هذا كتاب۔", ["ما هذا؟", "هذا كتاب۔"]),
    "wide stops": ("我们相加。得八。", ["我们相加。", "得八。"]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_cases(text: str, expected: list[str]) -> None:
    assert steps(text) == expected


def test_offsets_count_code_points() -> None:
    assert segment("👍🏽 ok.\nE\u0301nd") == [(0, 6), (7, 11)]


TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            ["1. ", "- ", "Step 2: ", "\n", "\r\n", "\n\n", "A. ", "e.g. ", "3.5", "$x. Y$", "\\("]
            + ["\\)", "$$", "🙂", "\u0301", "。", "word", " ", "\t", "\u2028", "\x85", "!", '"']
        ),
        max_size=40,
    ).map("".join),
)


@given(TEXTS)
def test_spans_are_ordered_and_hold_all_that_is_not_blank(text: str) -> None:
    spans = segment(text)
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()
    assert segment(text) == spans


@pytest.mark.parametrize(
    "piece",
    [
        "Word. ",
        "1. a\n",
        "- ",
        " ",
        "\n",
        ". ",
        "\\(",
        "$",
        "$$ ",
        "a",
        "a\n\n",
        '."',
        "$a ",
        "!\u0301",
    ]
    + ["\t", "Step ", "\\[ x. \\] A. ", "\r"],
)
def test_time_is_linear(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.process_time()
    segment(text)
    assert time.process_time() - began < 3
