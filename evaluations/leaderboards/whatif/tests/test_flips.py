"""What-if at a glance: the banner, and the outputs that flip in their columns."""

import json
import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from evaluations.leaderboards.comparisons.rows import SIDE_SIZE
from evaluations.leaderboards.whatif.tests.test_whatif import OTHERS, asked, make_world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("number", "sides"), [(1, {"became", "other"}), (2, {"ceased", "other"})])
def test_flips_stand_in_columns_by_what_happens_to_them(
    client: Client, number: int, sides: set[str]
) -> None:
    make_world()
    rule = OTHERS[number]
    wanted: dict[str, list[int]] = {"became": [], "ceased": [], "other": []}
    for row in asked(client, rule)["flips"]:
        before, after = row["first_verdict"], row["second_verdict"]
        side = "became" if after == "reasoning" else "ceased" if before == "reasoning" else "other"
        wanted[side].append(row["output"])
    assert {side for side, found in wanted.items() if found} == sides
    seen: dict[str, list[int]] = {side: [] for side in wanted}
    number, last = 1, 1
    while number <= last:
        query = urlencode({"rule": json.dumps(rule), "page": number})
        page = client.get(f"/definitions/taylor/what-if/?{query}").content.decode()
        flips = page.partition('id="flips"')[2]
        for side, part in zip(wanted, flips.split('<h3 id="side-')[1:], strict=True):
            found = re.findall(r'id="output-(\d+)"', part)
            assert len(found) <= SIDE_SIZE
            seen[side] += map(int, found)
            assert f">{len(wanted[side])}</small>" in part
        last = max(map(int, re.findall(r"Page \d+ of (\d+)", flips) or [1]))
        number += 1
    assert seen == wanted
    assert "The lamp is on." in flips, "each with its own words"


def test_a_banner_says_how_much_changes(client: Client) -> None:
    make_world()
    plain = client.get("/definitions/taylor/what-if/").content.decode()
    banner = plain.partition('id="what-changes"')[2].partition("</p>")[0]
    assert "Nothing changes yet" in banner
    found = asked(client, OTHERS[0])
    query = urlencode({"rule": json.dumps(OTHERS[0])})
    page = client.get(f"/definitions/taylor/what-if/?{query}").content.decode()
    banner = page.partition('id="what-changes"')[2].partition("</p>")[0]
    n = sum(sum(row.values()) for row in found["verdicts"].values())
    assert f"{len(found['flips'])} of {n} verdicts change" in banner
    moved = sum(row["before_place"] != row["after_place"] for row in found["board"])
    assert (f"{moved} of {len(found['board'])} row" if moved else "no row changes place") in banner
