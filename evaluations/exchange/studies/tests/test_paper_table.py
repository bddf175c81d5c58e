"""The table of a paper is made from an export alone, and says what the site's own boards say."""

import io
from pathlib import Path

import pandas as pd
import pytest
from django.test import Client

from evaluations.exchange.studies.study import study_of
from evaluations.exchange.studies.tests.reading import exported
from evaluations.exchange.studies.tests.study_world import StudyWorld
from tests.pandas_boards import CODES, VERDICTS, alpha, board, median, ranks_of, verdicts

pytestmark = pytest.mark.django_db
KEYS = ("one", "two")


def taken_home(folder: Path) -> pd.DataFrame:
    """The answers that count, each beside the output that it is about."""
    answers = pd.read_json(folder / "answers.jsonl", lines=True)
    outputs = pd.read_json(folder / "outputs.jsonl", lines=True)
    counted = answers[answers["counted"] & (answers["road"] == "criterion")]
    names = outputs[["output", "model", "recipe", "prompt", "family"]]
    return counted[["judge", "output", "criterion", "answer"]].merge(names, on="output")


def any_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Verdict of “any of these” on each output."""
    said = verdicts(answers, KEYS)
    codes = answers.groupby(["output", "criterion"])["answer"].apply(median).unstack()
    lowest, highest = codes.fillna(0).max(axis=1), codes.fillna(2).max(axis=1)
    known = lowest.where(lowest == highest)
    return said.assign(verdict=[VERDICTS[None if pd.isna(code) else int(code)] for code in known])


def test_share_interval_rank_and_alpha_of_three_models_under_three_definitions(
    client: Client, tmp_path: Path
) -> None:
    world = StudyWorld(prompts=24)
    exported(study_of(world.protocol, None), tmp_path)
    answers = taken_home(tmp_path)
    assert set(answers["answer"]) == {*CODES, "cannot-tell"}
    tables = {
        "strict": (verdicts(answers, KEYS), KEYS),
        "lax": (any_of(answers), KEYS),
        "single": (verdicts(answers, ("one",)), ("one",)),
    }
    told_apart = False
    for slug, (said, keys) in tables.items():
        response = client.get(f"/leaderboards/{slug}.csv?protocol=small")
        site = pd.read_csv(io.StringIO(response.content.decode())).set_index(["model", "recipe"])
        ours, ranks = board(said), ranks_of(said)
        assert len(ours) == len(site) == 3
        for names, row in ours.iterrows():
            there = site.loc[names]
            assert row["n"] == there["n"]
            for name in ("share", "low", "high"):
                assert row[name] == pytest.approx(there[name], abs=1e-9), (slug, names, name)
            low, high = int(there["rank"]), int(there["rank_high"])
            assert ranks[names] == (f"{low} to {high}" if low < high else str(low))
            told_apart |= low == high
            mine = answers[(answers["model"] == names[0]) & (answers["recipe"] == names[1])]
            found = {key: alpha(mine[mine["criterion"] == key]) for key in keys}
            assert found[there["least_agreed"]] == pytest.approx(there["alpha"], abs=1e-9)
    assert told_apart
