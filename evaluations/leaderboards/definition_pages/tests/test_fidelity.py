"""A rule beside what the same judge says outright, against a reckoning from the cast itself."""

import random
from collections import defaultdict
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.judgments.answers.actions import Direct, undo_judgment
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
)
from evaluations.leaderboards.definition_pages.fidelity import (
    Closer,
    Spoken,
    fidelity_to,
    spoken_on,
)
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.tests.reckoning import verdict
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

VALUES = ("yes", "partly", "no", "cannot-tell")
RULE = {"all": ["seen", "supported"]}


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("seen", level="prompt")
    make_criterion("supported")
    make_criterion("new")
    return make_definition("taylor", RULE)


def say(
    judge: Judge,
    output: Output,
    answers: dict[str, str],
    *,
    direct: DefinitionVersion | None = None,
    value: str = "",
    holistic: str = "",
) -> Any:
    """One form: answers to criteria, and what the judge says outright; the first judgment."""
    said = [Direct(version=direct, value=value)] if direct else []
    return give(judge, output, answers, direct=said, holistic=holistic)[0]


def spoken() -> Spoken:
    return spoken_on(current_matrix())


def crowd(version: DefinitionVersion) -> dict[tuple[int, int], tuple[str, str, str]]:
    """Three judges on six outputs of four prompts.

    (judge, output) to the verdict of their own answers, the wording's and the holistic answer.
    """
    chance = random.Random(7)
    prompts = [make_prompt() for _ in range(4)]
    outputs = [make_output(prompt=prompts[number % 4]) for number in range(6)]
    told = {}
    for judge in (make_judge(), make_judge(), make_judge()):
        seen = {prompt.pk: chance.choice(VALUES) for prompt in prompts}
        for output in outputs:
            answers = {"seen": seen[output.prompt_id], "supported": chance.choice(VALUES)}
            direct, holistic = chance.choice(VALUES), chance.choice(VALUES)
            say(judge, output, answers, direct=version, value=direct, holistic=holistic)
            told[judge.pk, output.pk] = (verdict(RULE, answers), direct, holistic)
    return told


@pytest.mark.parametrize("holistic", [False, True])
def test_the_table_and_the_share_are_those_of_a_slow_reckoning(
    version: DefinitionVersion, holistic: bool
) -> None:
    told = crowd(version)
    found = fidelity_to(version, spoken(), holistic=holistic)
    assert found is not None
    assert found.share is not None
    table: dict[tuple[str, str], int] = defaultdict(int)
    by_output: dict[int, list[bool]] = defaultdict(list)
    for (_, output), (computed, direct, outright) in told.items():
        said = outright if holistic else direct
        table[computed, said] += 1
        if "cannot-tell" not in (computed, said):
            by_output[output].append(computed == said)
    assert [list(row) for row in found.table] == [
        [table[computed, said] for said in VALUES] for computed in VALUES
    ]
    assert found.settled == sum(map(len, by_output.values()))
    means = [sum(equal) / len(equal) for equal in by_output.values()]
    assert found.share.estimate == pytest.approx(sum(means) / len(means))
    assert found.share.low < found.share.estimate < found.share.high


def test_only_blind_standing_answers_of_people_are_heard(version: DefinitionVersion) -> None:
    output, both = make_output(), {"seen": "yes", "supported": "yes"}
    assert fidelity_to(version, spoken(), holistic=True) is None
    say(make_judge("guest"), output, both, holistic="yes")
    assert fidelity_to(version, spoken(), holistic=True) is None
    person = make_judge()
    stored = say(person, output, both, holistic="yes")
    found = fidelity_to(version, spoken(), holistic=True)
    assert found is not None
    assert found.pairs == found.settled == 1
    assert fidelity_to(version, spoken(), holistic=False) is None, "nobody read the wording"
    undo_judgment(judge=person, form_token=stored.form_token)
    assert fidelity_to(version, spoken(), holistic=True) is None


def test_who_only_spoke_outright_is_not_compared(version: DefinitionVersion) -> None:
    say(make_judge(), make_output(), {}, direct=version, value="yes", holistic="no")
    assert fidelity_to(version, spoken(), holistic=False) is None
    assert fidelity_to(version, spoken(), holistic=True) is None


def test_a_criterion_that_the_rule_leaves_out_brings_it_closer(version: DefinitionVersion) -> None:
    """People say yes exactly where the new criterion holds; the rule holds everywhere."""
    judge = make_judge()
    for number in range(6):
        value = "yes" if number < 3 else "no"
        answers = {"seen": "yes", "supported": "yes", "new": value}
        say(judge, make_output(), answers, holistic=value)
    wordings = list(CriterionVersion.objects.for_keys(["seen", "supported", "new"]))
    best, *others = Closer(version, spoken(), holistic=True).changes(wordings)
    assert (best.kind, best.wording.criterion.key) == ("all", "new")
    assert best.rule == {"all": ["seen", "supported", "new"]}
    assert (best.pairs, best.before, best.won, best.lost, best.after) == (6, 3, 3, 0, 6)
    assert best.in_words == "also ask for “new”"
    assert all(change.after < 6 for change in others)
    assert Closer(version, spoken(), holistic=False).changes(wordings) == []


def test_a_criterion_that_spoils_the_rule_is_to_be_left_out(version: DefinitionVersion) -> None:
    judge = make_judge()
    for number in range(6):
        value = "yes" if number < 3 else "no"
        answers = {"seen": "yes", "supported": value}
        say(judge, make_output(), answers, direct=version, value="yes")
    best, *_ = Closer(version, spoken(), holistic=False).changes([])
    assert (best.kind, best.wording.criterion.key, best.rule) == ("drop", "supported", "seen")
    assert (best.before, best.after) == (3, 6)


def test_too_few_judgments_suggest_nothing(version: DefinitionVersion) -> None:
    for _ in range(4):
        answers = {"seen": "yes", "supported": "no"}
        say(make_judge(), make_output(), answers, holistic="yes")
    assert Closer(version, spoken(), holistic=True).changes([]) == []


def test_the_page_the_csv_and_the_json_say_the_same(
    client: Client, version: DefinitionVersion
) -> None:
    empty = client.get("/definitions/fidelity/")
    assert "No rule has been compared" in empty.text
    make_definition("silent", "new")
    crowd(version)
    found = fidelity_to(version, spoken(), holistic=False)
    assert found is not None
    assert found.share is not None
    text = client.get("/definitions/fidelity/").text
    assert f"{found.share.estimate:.0%}" in text
    assert f"{found.share.low:.0%} to {found.share.high:.0%}" in text
    assert "Name of silent" in text, "nobody did both for it"
    rows = client.get("/definitions/fidelity.json").json()["rows"]
    assert [(row["definition"], row["road"]) for row in rows] == [
        ("taylor", "direct"),
        ("taylor", "holistic"),
    ]
    equal = sum(found.table[place][place] for place in range(3))
    assert (rows[0]["settled"], rows[0]["equal"]) == (found.settled, equal)
    lines = client.get("/definitions/fidelity.csv").text.splitlines()
    assert lines[0].split(",") == list(rows[0])
    assert lines[1].split(",")[4:7] == [
        str(rows[0][name]) for name in ("pairs", "settled", "equal")
    ]


def test_queries_do_not_grow_with_judgments(client: Client, version: DefinitionVersion) -> None:
    crowd(version)
    client.get("/definitions/fidelity/")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/definitions/fidelity/").status_code == 200
        return len(captured)

    say(make_judge(), make_output(), {"supported": "yes"}, holistic="yes")
    before = count()
    for _ in range(3):
        say(make_judge(), make_output(), {"supported": "yes"}, holistic="yes")
    assert count() == before
