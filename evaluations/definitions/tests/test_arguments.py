"""The arguments of the published debate: each fits a statement and says where it comes from."""

import re
from collections import Counter
from typing import get_args, get_type_hints

import pytest

from evaluations.definitions.catalogue import read
from evaluations.definitions.catalogue.arguments import Argument, shipped_arguments

SLUGS = {entry["slug"] for entry in read("definitions.json")}
OF_THE_DEBATE = {*(f"A{n}" for n in range(1, 12)), *(f"F{n}" for n in range(1, 9))}
BESIDE_IT = {"M1", "M2", "T1", "L1", "L2"}
"""Mitchell on what the tests lack, Taylor's two wordings, and Lambert in his own words."""
SOURCE = re.compile(r"^[A-Z][^<>]+ (19|20)\d\d\b")
FIELDS = get_type_hints(Argument)


@pytest.mark.parametrize("each", shipped_arguments(), ids=lambda each: each.argument)
def test_an_argument_is_a_statement_with_a_source(each: Argument) -> None:
    assert 15 <= len(each.text) <= 280
    assert each.text == " ".join(each.text.split()), "one paragraph"
    assert not re.search(r"https?:|www\.|\]\(|[<>]", each.text + each.source), "no links"
    assert each.definition in SLUGS
    assert each.kind in get_args(FIELDS["kind"])
    assert each.checked in get_args(FIELDS["checked"])
    assert each.argument in OF_THE_DEBATE | BESIDE_IT
    assert SOURCE.search(each.source), "who and when"
    by_others = "by others" in each.source or "as described by" in each.source
    assert by_others == (each.checked == "unchecked"), "what was not read says through whom"
    if each.checked != "quoted":
        assert each.text[0].isupper()
        assert each.text[-1] in ".?"
    if each.kind == "question":
        assert "?" in each.text


def test_every_argument_of_the_debate_is_there_on_its_side() -> None:
    assert {each.argument for each in shipped_arguments()} == OF_THE_DEBATE | BESIDE_IT
    both = {each.kind for each in shipped_arguments()}
    assert both == {"for", "against", "scope", "question"}


def test_no_definition_has_an_argument_twice() -> None:
    said = Counter((each.definition, each.text.casefold()) for each in shipped_arguments())
    assert max(said.values()) == 1
