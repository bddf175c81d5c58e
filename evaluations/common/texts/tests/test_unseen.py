"""What shows something, and what no title may hold."""

import pytest
from django.core.exceptions import ValidationError

from evaluations.common.texts.unseen import (
    hidden_in,
    refuse_hidden,
    shows_something,
    without_hidden,
    without_unseen,
)

BLANK = [
    "", " \t\n", "\u200b\u200b", "\ufeff", "\u3164" * 20, "\u115f\u1160", "\uffa0", "\u2800",
    "\u180e", "\u00ad", "\u2060", "\u200d", "\ufe0f", "\u034f", "\u202e", "\x07", "\U000e0041",
    "\u3000\u3164",
]  # fmt: skip
SHOWN = [
    "a", ".", "雨", "\u0301", "한글", "❤\ufe0f", "👩\u200d💻", "می\u200cخواهم", "क्\u200dष",
    "\u200ba",     "\U0001fae8",
]  # fmt: skip
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
BREAKING = "\n\t\x1b\x85\u2028\u2029\udfff"


@pytest.mark.parametrize("text", BLANK, ids=ascii)
def test_what_shows_nothing_is_no_title(text: str) -> None:
    assert not shows_something(text)
    assert not without_unseen(text).strip()
    assert without_hidden(text) == ""
    with pytest.raises(ValidationError):
        refuse_hidden(text)


@pytest.mark.parametrize("text", SHOWN, ids=ascii)
def test_what_shows_something_is_a_title(text: str) -> None:
    """Joiners within words and emoji stay, and so does what a later Unicode draws."""
    assert shows_something(text)
    refuse_hidden(text)
    assert without_hidden(text) == text


@pytest.mark.parametrize("sign", TURNING + BREAKING, ids=ascii)
def test_a_title_neither_breaks_nor_turns_its_line(sign: str) -> None:
    with pytest.raises(ValidationError) as refused:
        refuse_hidden(f"Three{sign}lamps")
    assert refused.value.messages == [
        f"It holds a character that nobody sees (U+{ord(sign):04X}): take it out."
    ]
    assert without_hidden(f"Three {sign}lamps ").split() == ["Three", "lamps"]


@pytest.mark.parametrize("sign", "\u200e\u200f\u061c", ids=ascii)
def test_marks_of_direction_without_reach_may_stand_in_a_title(sign: str) -> None:
    assert hidden_in(f"Three{sign} lamps") == ""


def test_a_title_of_nothing_is_told_which_character_it_has() -> None:
    assert hidden_in(" \u3164") == "holds nothing that anybody sees (U+3164): write it anew"
    assert hidden_in("") == "holds nothing that anybody sees: write it anew"
