import pytest
from django.http import Http404, QueryDict

from evaluations.common.parameters import named, whole_number


def test_a_parameter_or_nothing() -> None:
    assert named(QueryDict("a=one&a=two"), "a") == "two"
    assert named(QueryDict("a="), "a") == ""
    assert named(QueryDict(""), "a") == ""


def test_a_nul_character_is_a_404_that_says_which_parameter() -> None:
    with pytest.raises(Http404, match="The value of “a” holds a character"):
        named(QueryDict("a=b%00c"), "a")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("42", 42), ("9" * 18, 10**18 - 1),
        ("", None), ("9" * 19, None), ("-1", None), ("1.5", None), (" 1", None), ("1_000", None),
        ("\u0663", None), ("\u00b2", None), ("one", None),
    ],
)  # fmt: skip
def test_a_whole_number_is_written_in_plain_digits(text: str, number: int | None) -> None:
    assert whole_number(text) == number
