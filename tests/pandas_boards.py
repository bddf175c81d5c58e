"""Boards reckoned with pandas and SciPy from the answers that a site gives away."""

import io
import math
from itertools import combinations, permutations

import pandas as pd
from playwright.sync_api import Page
from scipy import stats

CODES = {"no": 0, "partly": 1, "yes": 2}
VERDICTS = {2: "reasoning", 1: "partly", 0: "not reasoning", None: "undetermined"}
ORDER = list(VERDICTS.values())
Z = 1.959963984540054


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
    names = wanted.groupby("output")[["model", "recipe", "prompt", "family"]].first()
    return names.assign(
        verdict=[VERDICTS[None if math.isnan(code) else int(code)] for code in said]
    )


def clusters_of(said: pd.DataFrame) -> pd.Series:
    """The family of each output's prompt; a prompt without one is a family of its own."""
    return said["family"].fillna(said["prompt"])


def wilson(share: float, n: int) -> tuple[float, float]:
    spread = Z * Z / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z * (share * (1 - share) / n + spread / (4 * n)) ** 0.5 / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def interval(said: pd.DataFrame) -> tuple[float, float]:
    """Of a share with one output a prompt: Student's t over families, else Wilson."""
    met = (said["verdict"] == "reasoning").astype(float)
    sums = (met - met.mean()).groupby(clusters_of(said)).sum()
    count, n = len(sums), len(met)
    error = math.sqrt((sums**2).sum() * count / max(count - 1, 1)) / n
    if count in (1, n) or error < 1e-12:
        return wilson(met.mean(), n)
    half = stats.t.ppf(0.975, count - 1) * error
    return max(0.0, met.mean() - half), min(1.0, met.mean() + half)


def board(said: pd.DataFrame) -> pd.DataFrame:
    """Share, n, interval and place by model and recipe; each prompt has one output."""
    rows = {}
    for names, here in said.groupby(["model", "recipe"]):
        low, high = interval(here)
        share = (here["verdict"] == "reasoning").mean()
        rows[names] = {"n": len(here), "share": share, "low": low, "high": high}
    found = pd.DataFrame.from_dict(rows, orient="index")
    found["place"] = found["share"].rank(ascending=False, method="min").astype(int)
    return found


def p_of(one: pd.Series, other: pd.Series, families: pd.Series) -> float:
    """McNemar's exact test; with prompts in families Student's t, no less than signs can say."""
    apart = one.astype(float) - other.astype(float)
    sums = (apart - apart.mean()).groupby(families).sum()
    count, n = len(sums), len(apart)
    if count == n:
        more, less = int((apart > 0).sum()), int((apart < 0).sum())
        return float(stats.binomtest(more, more + less).pvalue) if more + less else 1.0
    error = math.sqrt((sums**2).sum() * count / (count - 1)) / n
    t = abs(apart.mean()) / error if error else math.inf * bool(apart.mean())
    return max(2 * float(stats.t.sf(t, count - 1)), 2.0 ** (1 - count))


def ranks_of(said: pd.DataFrame) -> dict[tuple[str, str], str]:
    """The range of ranks that paired tests on shared prompts leave, with Holm's correction.

    From 1 + the rows above to the number of rows less those below, as the board writes it.
    """
    met = said.assign(met=said["verdict"] == "reasoning")
    table = met.pivot(index=["model", "recipe"], columns="prompt", values="met")
    families = said.assign(family=clusters_of(said)).groupby("prompt")["family"].first()
    tests = []
    for one, other in combinations(table.index, 2):
        higher = table.loc[one].sum() > table.loc[other].sum()
        p = p_of(table.loc[one], table.loc[other], families)
        tests.append((p, (one, other) if higher else (other, one)))
    above = []
    for place, (p, pair) in enumerate(sorted(tests)):
        if p * (len(tests) - place) >= 0.05:
            break
        above.append(pair)
    found = {}
    for row in table.index:
        low = 1 + sum(lower == row for _, lower in above)
        high = len(table.index) - sum(upper == row for upper, _ in above)
        found[row] = f"{low} to {high}" if low < high else str(low)
    return found


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
