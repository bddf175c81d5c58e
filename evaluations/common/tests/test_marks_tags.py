"""The shade of a cell by its share."""

import pytest

from evaluations.common.templatetags.marks import heat


@pytest.mark.parametrize(
    ("share", "shade"),
    [
        (None, ""),
        (0.0, "heat-0"),
        (0.19, "heat-0"),
        (0.2, "heat-1"),
        (0.99, "heat-4"),
        (1.0, "heat-4"),
    ],
)
def test_a_share_has_one_of_five_shades(share: float | None, shade: str) -> None:
    assert heat(share) == shade
