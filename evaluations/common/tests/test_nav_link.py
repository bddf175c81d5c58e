"""The links of the masthead: which of them says that one is there."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory


@pytest.mark.parametrize(
    ("here", "said"),
    [
        ("/outputs/", 'aria-current="page"'),
        ("/outputs/7/", 'aria-current="true"'),
        ("/leaderboards/taylor-as-quoted/outputs/", ""),
    ],
)
def test_only_the_part_of_the_site_that_an_address_begins_with_is_current(
    here: str, said: str
) -> None:
    context = {"path": "/outputs/", "label": "Outputs", "request": RequestFactory().get(here)}
    link = render_to_string("ui/nav_link.html", context)
    assert ("aria-current" in link) == bool(said)
    assert said in link
