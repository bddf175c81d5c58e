"""From a definition to its fork: what flips, why, and a board that can be cited.

Every number on the way is reckoned again with pandas from the answers that the site gives away.
"""

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from evaluations.leaderboards.boards.reliability import agreement_word
from tests.definition_site import DROPPED, KEYS, JudgedRun, judged_run
from tests.evening_site import heard, make_person, sign_in
from tests.pandas_boards import (
    ORDER,
    agreement,
    alpha,
    answers_behind,
    board,
    decisive,
    ranks_of,
    verdicts,
)
from tests.visitors import Visitors, visiting

__all__ = ["judged_run"]

pytestmark = pytest.mark.browser

TITLED = {
    "states a conclusion": "states-conclusion",
    "uses observations or premises": "grounds-in-observations",
    "makes an inference": "makes-inference",
    "supports its conclusion": "conclusion-supported",
}
TAYLOR = "/definitions/taylor-as-quoted/"
FORK = "taylor-without-support"
DOUBT = re.compile(r"\?\s*in doubt: .*?(?= \d+% to )")
Slugs = dict[tuple[str, str], tuple[str, str]]


@pytest.fixture
def page(browser: Browser, judged_run: JudgedRun) -> Iterator[Page]:
    with visiting(browser, judged_run.live.url) as opened:
        assert isinstance(opened, Visitors)
        yield opened().new_page()


def percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def names_in(row: Locator) -> tuple[str, str]:
    """Model and recipe, which stand in two lines of a row's head."""
    lines = filter(None, map(str.strip, row.locator("th").inner_text().split("\n")))
    return next(lines), next(lines)


def shown_rows(page: Page, table: str) -> dict[tuple[str, str], dict[str, str]]:
    """The cells of a table of models by their heading, by the names of model and recipe."""
    headings = page.locator(f"{table} thead th").all_inner_texts()[1:]
    found = {}
    for row in page.locator(f"{table} tbody tr").all():
        model, recipe = names_in(row)
        cells = [" ".join(cell.inner_text().split()) for cell in row.locator("td").all()]
        found[model, recipe] = dict(zip(headings, cells, strict=True))
    return found


def board_rows(page: Page) -> dict[tuple[str, str], dict[str, str]]:
    """The cells of a board by their heading, and what lies behind each row by its name."""
    found = {}
    for row in page.locator("#board tr[id^=row-]").all():
        row.locator("summary").click()
        model, recipe = names_in(row)
        cells = [" ".join(cell.inner_text().split()) for cell in row.locator("td").all()]
        behind = row.locator("xpath=following-sibling::tr[1]")
        names = behind.locator("dt").all_inner_texts()
        values = [" ".join(text.split()) for text in behind.locator("dd").all_inner_texts()]
        more = dict(zip(names, values, strict=True))
        found[model, recipe] = {
            **more,
            "Rank": cells[0], "Share": cells[1], "n": cells[3], "Agreement": cells[5],
            "Agreement behind": more["Agreement"],
        }  # fmt: skip
    return found


def in_cell(row: pd.Series) -> str:
    """What a cell of the board before and after says."""
    return (
        f"{int(row['place'])}. {percent(row['share'])} "
        f"{percent(row['low'])} to {percent(row['high'])}, n {int(row['n'])}"
    )


def check_boards(page: Page, slugs: Slugs, before: pd.DataFrame, after: pd.DataFrame) -> int:
    """Both boards are what pandas reckons; returns how many rows change place."""
    rows = shown_rows(page, "#boards")
    assert set(rows) == set(slugs)
    moved = 0
    for names, cells in rows.items():
        old, new = before.loc[slugs[names]], after.loc[slugs[names]]
        shown = tuple(DOUBT.sub("", cells[side]) for side in ("Before", "After"))
        assert shown == (in_cell(old), in_cell(new)), names
        change = cells["Place"]
        by = int(old["place"] - new["place"])
        moved += by != 0
        assert change == ("same" if not by else f"▲ up {by}" if by > 0 else f"▼ down {-by}")
    return moved


def check_flow(page: Page, old: pd.DataFrame, new: pd.DataFrame) -> None:
    wanted = pd.crosstab(old["verdict"], new["verdict"]).reindex(
        index=ORDER, columns=ORDER, fill_value=0
    )
    shown = [
        [int(cell.inner_text()) for cell in row.locator("td").all()]
        for row in page.locator("#flow tbody tr").all()
    ]
    assert [row[:4] for row in shown[:4]] == wanted.to_numpy().tolist()
    assert [row[4] for row in shown[:4]] == wanted.sum(axis=1).tolist()
    assert shown[4] == [*wanted.sum(axis=0).tolist(), len(old)]


def check_flips(page: Page, answers: pd.DataFrame, flipped: pd.DataFrame) -> None:
    """Each output that flips is listed, with the pairs of judges behind what decides it."""
    address = page.url
    seen = []
    shares: dict[str | None, list[float]] = {}
    while True:
        for side in page.locator("#flips .entries").all():
            here = shares.setdefault(side.get_attribute("aria-labelledby"), [])
            for entry in side.locator("> li").all():
                href = entry.locator(".entry-title a").get_attribute("href")
                output = int(re.findall(r"\d+", href or "")[0])
                seen.append(output)
                pairs = agreement(answers, output)
                keys = decisive(answers, output, KEYS) | decisive(answers, output, KEYS[:3])
                same, count = (sum(pairs[key][place] for key in keys) for place in (0, 1))
                said = f"{same} of {count} pairs of judges agree"
                expect(entry.locator(".meta")).to_contain_text(said)
                here.append(same / count)
        following = page.locator("#page-next")
        if not following.count():
            break
        page.goto(following.get_attribute("href") or "")
    assert sorted(seen) == sorted(flipped.index)
    assert all(side == sorted(side, reverse=True) for side in shares.values())
    page.goto(address)


def test_a_definition_is_taken_changed_and_cited(page: Page, judged_run: JudgedRun) -> None:
    make_person(judged_run.live, "ruth")
    sign_in(page, "ruth")
    page.goto(TAYLOR)
    expect(page.get_by_role("heading", level=1)).to_have_text("Taylor, as quoted")

    slugs = judged_run.slugs
    answers = answers_behind(page, "taylor-as-quoted")
    assert set(answers["criterion"]) == set(KEYS)
    assert answers["judge"].nunique() == 5
    assert not any(name in answers.to_csv() for name in ("reader-", "ruth"))
    old, new = verdicts(answers, KEYS), verdicts(answers, KEYS[:3])
    assert len(old) == judged_run.prompts * len(slugs)
    assert old["family"].nunique() < judged_run.prompts, "prompts in families, as they come"
    before, after = board(old), board(new)

    check_definition_page(page, slugs, before, answers)
    page.goto("/leaderboards/taylor-as-quoted/")
    check_board(page, slugs, before, old, answers)

    page.goto(f"{TAYLOR}what-if/")
    page.locator(f"#toggle-{DROPPED}").click()
    changed = (old["verdict"] != new["verdict"]).sum()
    heard(page, f"{changed} of {len(old)} verdicts change")
    expect(page).to_have_url(re.compile(r"\?rule="))
    moved = check_boards(page, slugs, before, after)
    assert moved
    heard(page, f"{moved} of {len(slugs)} rows change place")
    check_flow(page, old, new)
    flipped = old[old["verdict"] != new["verdict"]]
    check_flips(page, answers, flipped)
    address = page.url
    page.reload()
    check_boards(page, slugs, before, after)

    check_output_that_flipped(page, old, new)
    page.goto(address)
    publish_the_fork(page)
    check_snapshot(page, slugs, after, new)


def check_definition_page(
    page: Page, slugs: Slugs, reckoned: pd.DataFrame, answers: pd.DataFrame
) -> None:
    """The excerpt of the board, and agreement on each criterion over all outputs."""
    excerpt = "section:has(#board-title) table"
    for names, cells in shown_rows(page, excerpt).items():
        row = reckoned.loc[slugs[names]]
        share = f"{percent(row['share'])} {percent(row['low'])} to {percent(row['high'])}"
        assert (cells["Share"], cells["n"]) == (share, f"{row['n']:.0f}")
    page.get_by_text("The numbers behind these words").click()
    shown = page.locator("#agreement tbody tr").all()
    assert len(shown) == len(KEYS)
    for line in shown:
        key = TITLED[line.locator("th").inner_text()]
        given = answers[answers["criterion"] == key]
        number = line.locator("td").first.inner_text().split()[0].replace("−", "-")
        assert float(number) == pytest.approx(alpha(given), abs=0.005)


def check_board(
    page: Page, slugs: Slugs, reckoned: pd.DataFrame, said: pd.DataFrame, answers: pd.DataFrame
) -> None:
    """Every row of a board, live or frozen: rank, share, counts, verdicts, agreement."""
    rows = board_rows(page)
    assert set(rows) == set(slugs)
    ranks = ranks_of(said)
    for names, cells in rows.items():
        row = reckoned.loc[slugs[names]]
        model, recipe = slugs[names]
        here = said[(said["model"] == model) & (said["recipe"] == recipe)]["verdict"]
        counts = [int((here == verdict).sum()) for verdict in ORDER]
        given = answers[(answers["model"] == model) & (answers["recipe"] == recipe)]
        alphas = given.groupby("criterion")[["output", "answer"]].apply(alpha).dropna()
        wanted = {
            "Rank": ranks[model, recipe],
            "Share": f"{percent(row['share'])} {percent(row['low'])} to {percent(row['high'])}",
            "n": f"{row['n']:.0f}",
            "Judgments": str(given.groupby(["output", "judge"]).ngroups),
            "Coverage": f"100% of {len(here)}",
        }
        assert {name: cells[name] for name in wanted} == wanted
        shares = [percent(counts[place] / len(here)) for place in (1, 3)]
        assert cells["Of n"] == f"{shares[0]} partly, {shares[1]} undetermined"
        assert [int(count) for count in re.findall(r"\d+", cells["Verdicts"])] == counts
        symbol, number, *least = cells["Agreement behind"].split()
        assert symbol == "α"
        items = int(cells["Agreement behind"].partition(" answers to ")[2].split()[0].rstrip(";."))
        assert cells["Agreement"] == agreement_word(alphas.min(), items)
        assert float(number.replace("−", "-")) == pytest.approx(alphas.min(), abs=0.005)
        titled = next(title for title in TITLED if title in " ".join(least))
        assert alphas[TITLED[titled]] == pytest.approx(alphas.min())


def check_output_that_flipped(page: Page, old: pd.DataFrame, new: pd.DataFrame) -> None:
    """The first flip says what decided it, and so does the page of its output."""
    entry = page.locator("#flips .entries > li").first
    expect(entry).to_contain_text("Decided by supports its conclusion")
    link = entry.locator(".entry-title a")
    output = int(re.findall(r"\d+", link.get_attribute("href") or "")[0])
    link.click()
    expect(page).to_have_url(re.compile(f"/outputs/{output}/"))
    page.locator("#reveal").click()
    taylor = page.get_by_role("link", name="Taylor, as quoted")
    row = page.locator("#verdicts .entries > li", has=taylor)
    expect(row).to_contain_text(re.compile("supports its conclusion", re.IGNORECASE))
    verdict = str(old.loc[output, "verdict"])
    assert verdict != new.loc[output, "verdict"]
    expect(row.locator(".verdict")).to_have_text(re.compile(rf"^\s*{verdict}", re.IGNORECASE))


def publish_the_fork(page: Page) -> None:
    page.locator("#propose").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fork “Taylor, as quoted”")
    expect(page.locator("#rule-editor")).not_to_contain_text("supports its conclusion" + " Up")
    page.get_by_label("Name", exact=True).fill("Taylor, without support")
    page.get_by_label("Address").fill(FORK)
    expect(page.get_by_label("Reading")).to_have_value("")
    page.get_by_label("Reading").fill("Counts an output that infers from what it observes.")
    page.locator("#publish").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page).to_have_url(re.compile(f"/definitions/{FORK}/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Taylor, without support (fork)")


def check_snapshot(page: Page, slugs: Slugs, after: pd.DataFrame, new: pd.DataFrame) -> None:
    """The fork's board is the one that was promised; frozen, it can be cited."""
    exported = answers_behind(page, FORK)
    assert set(exported["criterion"]) == set(KEYS[:3])
    again = verdicts(exported, KEYS[:3])
    assert again.equals(new)
    page.goto(f"/leaderboards/{FORK}/")
    page.locator("#freeze summary").click()
    page.locator("#freeze-board").click()
    expect(page).to_have_url(re.compile(rf"/leaderboards/{FORK}/\d{{4}}-\d\d-\d\d-[0-9a-f]+/$"))
    check_board(page, slugs, after, new, exported)
    figures: dict[str, Any] = dict(
        zip(
            page.locator("#rests-on dt").all_inner_texts(),
            page.locator("#rests-on dd").all_inner_texts(),
            strict=True,
        )
    )
    assert int(figures["Outputs"]) == len(new)
    assert int(figures["Answers"]) == len(exported)
    assert int(figures["Judges"]) == exported["judge"].nunique()
    assert int(figures["Judgments"]) == exported.groupby(["output", "judge"]).ngroups
    citation = page.locator("#citation").inner_text()
    assert "Taylor, without support" in citation
    assert page.url in citation
    data = page.request.get(page.url.removesuffix("/") + ".json").json()
    for record in data["rows"]:
        row = after.loc[record["model"], record["recipe"]]
        assert (record["n"], record["share"]) == (row["n"], pytest.approx(row["share"]))
        assert (record["low"], record["high"]) == pytest.approx((row["low"], row["high"]))
