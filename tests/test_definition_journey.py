"""From a definition to its fork: what flips, why, and a board that can be cited.

Every number on the way is reckoned again with pandas from the answers that the site gives away.
"""

import io
import math
import re
from collections.abc import Iterator
from itertools import combinations, permutations
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import Visitors, visiting
from tests.definition_site import DROPPED, GOOD, KEYS, PROMPTS, judged
from tests.evening_site import heard, make_person, sign_in
from tests.live_site import LiveSite

__all__ = ["judged"]

pytestmark = pytest.mark.browser

CODES = {"no": 0, "partly": 1, "yes": 2}
VERDICTS = {2: "reasoning", 1: "partly", 0: "not reasoning", None: "undetermined"}
ORDER = list(VERDICTS.values())
TITLED = {
    "states a conclusion": "states-conclusion",
    "uses observations or premises": "grounds-in-observations",
    "makes an inference": "makes-inference",
}
TAYLOR = "/definitions/taylor-as-quoted/"
FORK = "taylor-without-support"
Z = 1.959963984540054


@pytest.fixture
def page(browser: Browser, judged: LiveSite) -> Iterator[Page]:
    with visiting(browser, judged.url) as opened:
        assert isinstance(opened, Visitors)
        yield opened().new_page()


def answers_behind(page: Page, slug: str) -> pd.DataFrame:
    """The exported answers behind a board, a row an answer."""
    response = page.request.get(f"/leaderboards/{slug}/answers.csv")
    assert response.ok
    return pd.read_csv(io.StringIO(response.text()))


def median(values: pd.Series) -> float:
    """The median of the known answers, the lower of an even tie; NaN where none is known."""
    known = values.map(CODES).dropna().sort_values().tolist()
    return known[(len(known) - 1) // 2] if known else math.nan


def verdicts(answers: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """Verdict of “all of these” on each output, with its model and recipe."""
    wanted = answers[answers["criterion"].isin(keys)]
    table = wanted.groupby(["output", "criterion"])["answer"].apply(median).unstack()
    lowest, highest = table.fillna(0).min(axis=1), table.fillna(2).min(axis=1)
    said = lowest.where(lowest == highest)
    names = wanted.groupby("output")[["model", "recipe"]].first()
    return names.assign(
        verdict=[VERDICTS[None if math.isnan(code) else int(code)] for code in said]
    )


def board(said: pd.DataFrame) -> pd.DataFrame:
    """Share, n, Wilson interval and place by model and recipe; each prompt has one output."""
    met = (said["verdict"] == "reasoning").groupby([said["model"], said["recipe"]])
    found = pd.DataFrame({"n": met.size(), "share": met.mean()})
    spread = Z * Z / found["n"]
    middle = (found["share"] + spread / 2) / (1 + spread)
    half = (found["share"] * (1 - found["share"]) / found["n"] + spread / (4 * found["n"])) ** 0.5
    half = Z * half / (1 + spread)
    found["low"], found["high"] = (middle - half).clip(lower=0), (middle + half).clip(upper=1)
    found["place"] = found["share"].rank(ascending=False, method="min").astype(int)
    return found


def ranks_of(answers: pd.DataFrame, said: pd.DataFrame) -> dict[tuple[str, str], int]:
    """1 + the rows above by McNemar's exact test on shared prompts, with Holm's correction."""
    prompt = answers.groupby("output")["prompt"].first()
    met = (said["verdict"] == "reasoning").groupby([said["model"], said["recipe"], prompt]).first()
    table = met.unstack("prompt")
    tests = []
    for one, other in combinations(table.index, 2):
        more = int((table.loc[one] & ~table.loc[other]).sum())
        less = int((~table.loc[one] & table.loc[other]).sum())
        tail = sum(math.comb(more + less, k) for k in range(min(more, less) + 1))
        p = min(1.0, 2 * tail / 2 ** (more + less))
        tests.append((p, (one, other) if more > less else (other, one)))
    above = []
    for place, (p, pair) in enumerate(sorted(tests)):
        if p * (len(tests) - place) >= 0.05:
            break
        above.append(pair)
    return {row: 1 + sum(lower == row for _, lower in above) for row in table.index}


def alpha(given: pd.DataFrame) -> float:
    """Krippendorff's ordinal alpha of the answers to one criterion, from its coincidences."""
    known = given.assign(code=given["answer"].map(CODES)).dropna(subset="code")
    counts = known.groupby(["output", "code"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=sorted(CODES.values()), fill_value=0)
    counts = counts[counts.sum(axis=1) > 1]
    total = counts.sum()
    observed = expected = 0.0
    for one, other in permutations(counts.columns, 2):
        between = total.loc[min(one, other) : max(one, other)].sum()
        apart = (between - (total[one] + total[other]) / 2) ** 2
        observed += apart * (counts[one] * counts[other] / (counts.sum(axis=1) - 1)).sum()
        expected += apart * total[one] * total[other] / (total.sum() - 1)
    return 1 - observed / expected if expected else math.nan


def percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def shown_rows(page: Page, table: str) -> dict[tuple[str, str], dict[str, str]]:
    """The cells of a table of models by their heading, by the names of model and recipe."""
    headings = page.locator(f"{table} thead th").all_inner_texts()[1:]
    found = {}
    for row in page.locator(f"{table} tbody tr").all():
        model, recipe = row.locator("th").inner_text().split("\n")[:2]
        cells = [" ".join(cell.inner_text().split()) for cell in row.locator("td").all()]
        found[model.strip(), recipe.strip()] = dict(zip(headings, cells, strict=True))
    return found


def slugs_of(names: tuple[str, str]) -> tuple[str, str]:
    model, recipe = names
    return model.split()[0].lower(), recipe.replace(" ", "-").lower()


def in_cell(row: pd.Series) -> str:
    """What a cell of the board before and after says."""
    return (
        f"{int(row['place'])}. {percent(row['share'])} "
        f"{percent(row['low'])} to {percent(row['high'])}, n {int(row['n'])}"
    )


def check_boards(page: Page, before: pd.DataFrame, after: pd.DataFrame) -> int:
    """Both boards are what pandas reckons; returns how many rows change place."""
    rows = shown_rows(page, "#boards")
    assert set(rows) == set(GOOD)
    moved = 0
    for names, cells in rows.items():
        old, new = before.loc[slugs_of(names)], after.loc[slugs_of(names)]
        assert (cells["Before"], cells["After"]) == (in_cell(old), in_cell(new)), names
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


def agreement(answers: pd.DataFrame, output: int) -> dict[str, tuple[int, int]]:
    """Criterion to the pairs of judges of an output that agree, and all of them."""
    found = {}
    for key, given in answers[answers["output"] == output].groupby("criterion")["answer"]:
        counts = given.value_counts()
        known = counts.drop("cannot-tell", errors="ignore")
        found[str(key)] = (
            int((known * (known - 1) // 2).sum()),
            len(given) * (len(given) - 1) // 2,
        )
    return found


def decisive(answers: pd.DataFrame, output: int, keys: tuple[str, ...]) -> set[str]:
    """Of “all of these”: one lowest answer decides against, all of them decide for it."""
    mine = answers[(answers["output"] == output) & answers["criterion"].isin(keys)]
    codes = mine.groupby("criterion")["answer"].apply(median).reindex(keys)
    if codes.isna().any() and codes.min() != 0:
        return set(codes[codes.isna()].index)
    if codes.min() == 0:
        return {str(next(key for key in keys if codes[key] == 0))}
    return set(keys)


def flips_of(page: Page) -> list[Locator]:
    return page.locator("#flips .entries > li").all()


def check_flips(page: Page, answers: pd.DataFrame, flipped: pd.DataFrame) -> None:
    """Each output that flips is listed, with the pairs of judges behind what decides it."""
    shares = []
    seen = []
    for entry in flips_of(page):
        href = entry.locator(".entry-title a").get_attribute("href")
        output = int(re.findall(r"\d+", href or "")[0])
        seen.append(output)
        pairs = agreement(answers, output)
        keys = decisive(answers, output, KEYS) | decisive(answers, output, KEYS[:3])
        same, count = (sum(pairs[key][place] for key in keys) for place in (0, 1))
        expect(entry.locator(".meta")).to_contain_text(f"{same} of {count} pairs of judges agree")
        shares.append(same / count)
    assert sorted(seen) == sorted(flipped.index)
    assert shares == sorted(shares, reverse=True)


def test_a_definition_is_taken_changed_and_cited(page: Page, judged: LiveSite) -> None:
    make_person(judged, "ruth")
    sign_in(page, "ruth")
    page.goto(TAYLOR)
    expect(page.get_by_role("heading", level=1)).to_have_text("Taylor, as quoted")

    answers = answers_behind(page, "taylor-as-quoted")
    assert set(answers["criterion"]) == set(KEYS)
    assert answers["judge"].nunique() == 5
    assert not any(name in answers.to_csv() for name in ("reader-", "ruth"))
    old, new = verdicts(answers, KEYS), verdicts(answers, KEYS[:3])
    assert len(old) == PROMPTS * len(GOOD)
    before, after = board(old), board(new)

    page.goto(f"{TAYLOR}what-if/")
    page.locator(f"#toggle-{DROPPED}").click()
    changed = (old["verdict"] != new["verdict"]).sum()
    heard(page, f"{changed} of {len(old)} verdicts change")
    expect(page).to_have_url(re.compile(r"\?rule="))
    moved = check_boards(page, before, after)
    assert moved
    heard(page, f"{moved} of {len(GOOD)} rows of the board change")
    check_flow(page, old, new)
    flipped = old[old["verdict"] != new["verdict"]]
    check_flips(page, answers, flipped)
    address = page.url
    page.reload()
    check_boards(page, before, after)

    check_output_that_flipped(page, old, new)
    page.goto(address)
    publish_the_fork(page)
    check_snapshot(page, after, new)


def check_output_that_flipped(page: Page, old: pd.DataFrame, new: pd.DataFrame) -> None:
    """The first flip says what decided it, and so does the page of its output."""
    entry = page.locator("#flips .entries > li").first
    expect(entry).to_contain_text("Decided by supports its conclusion")
    link = entry.locator(".entry-title a")
    output = int(re.findall(r"\d+", link.get_attribute("href") or "")[0])
    link.click()
    expect(page).to_have_url(re.compile(f"/outputs/{output}/"))
    page.locator("#reveal").click()
    row = page.locator("#verdicts tr", has=page.get_by_role("link", name="Taylor, as quoted"))
    expect(row).to_contain_text(re.compile("supports its conclusion", re.IGNORECASE))
    verdict = str(old.loc[output, "verdict"])
    assert verdict != new.loc[output, "verdict"]
    expect(row.locator("td")).to_contain_text(
        "Undetermined" if verdict == "undetermined" else verdict.split()[0].capitalize()
    )


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
    expect(page.get_by_role("heading", level=1)).to_have_text("Taylor, without support")


def check_snapshot(page: Page, after: pd.DataFrame, new: pd.DataFrame) -> None:
    """The fork's board is the one that was promised; frozen, it can be cited."""
    exported = answers_behind(page, FORK)
    assert set(exported["criterion"]) == set(KEYS[:3])
    again = verdicts(exported, KEYS[:3])
    assert again.equals(new)
    page.goto(f"/leaderboards/{FORK}/")
    page.locator("#freeze-board").click()
    expect(page).to_have_url(re.compile(rf"/leaderboards/{FORK}/\d{{4}}-\d\d-\d\d-[0-9a-f]+/$"))
    rows = shown_rows(page, "#board")
    assert set(rows) == set(GOOD)
    ranks = ranks_of(exported, new)
    for names, cells in rows.items():
        row = after.loc[slugs_of(names)]
        model, recipe = slugs_of(names)
        said = new[(new["model"] == model) & (new["recipe"] == recipe)]["verdict"]
        counts = [int((said == verdict).sum()) for verdict in ORDER]
        given = exported[(exported["model"] == model) & (exported["recipe"] == recipe)]
        alphas = given.groupby("criterion")[["output", "answer"]].apply(alpha).dropna()
        wanted = {
            "Rank": str(ranks[model, recipe]),
            "Share": f"{percent(row['share'])} {percent(row['low'])} to {percent(row['high'])}",
            "n": f"{row['n']:.0f} {given.groupby(['output', 'judge']).ngroups} judgments",
            "Coverage": f"100% of {PROMPTS}",
        }
        assert {name: cells[name] for name in wanted} == wanted
        shares = [percent(counts[place] / len(said)) for place in (1, 3)]
        assert cells["Verdicts"].endswith(
            f"{' · '.join(map(str, counts))} {shares[0]} partly, {shares[1]} undetermined"
        )
        symbol, number, *least = cells["Agreement"].split()
        assert symbol == "α"
        assert float(number.replace("−", "-")) == pytest.approx(alphas.min(), abs=0.005)
        assert alphas[TITLED[" ".join(least)]] == pytest.approx(alphas.min())
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
