import pytest
from django.http import Http404, QueryDict

from evaluations.common.parameters import named


def test_a_parameter_or_nothing() -> None:
    assert named(QueryDict("a=one&a=two"), "a") == "two"
    assert named(QueryDict("a="), "a") == ""
    assert named(QueryDict(""), "a") == ""


def test_a_nul_character_is_a_404_that_says_which_parameter() -> None:
    with pytest.raises(Http404, match="The value of “a” holds a character"):
        named(QueryDict("a=b%00c"), "a")
