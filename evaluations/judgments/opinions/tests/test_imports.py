"""Opinions from a file: previewed, all or nothing, known ones add nothing; and beside people."""

import csv
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from evaluations.common.templatetags.marks import signed
from evaluations.common.tests.constant_queries import assert_queries_do_not_grow
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Answer, ImportedOpinion, Judge, ProtocolVersion
from evaluations.judgments.opinions import agreement, import_actions
from evaluations.judgments.opinions.agreement import (
    ON_SITE,
    Pair,
    WithPeople,
    compare,
    compared_on_site,
    compared_with_people,
    figures_of,
    pairs_of,
)
from evaluations.judgments.opinions.import_actions import ImportRefused, import_opinions
from evaluations.judgments.opinions.imports import MOST_BYTES, MOST_JUDGMENTS, Read, read
from evaluations.judgments.opinions.tests.opinion_cast import staff
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_judge,
    make_output,
    make_prompt,
    make_user,
)
from evaluations.measures.agreement import cohen_kappa
from evaluations.measures.intervals import prompt_clustered
from evaluations.prompts.models import Family
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db

HEAD = "output,criterion,answer,judge,sample\n"
PATH = "/judges/models/import/"


def lines_of(output: Output, *answers: str, key: str = "sound", judge: str = "far-judge") -> str:
    return "".join(
        f"{output.pk},{key},{answer},{judge},{n}\n" for n, answer in enumerate(answers, 1)
    )


@pytest.fixture
def output(version: ProtocolVersion) -> Output:
    found = version.items.first().output
    assert found is not None
    return found


def test_samples_are_stored_and_come_to_their_median(output: Output) -> None:
    text = (
        HEAD
        + lines_of(output, "yes", "Partly", "cannot tell")
        + lines_of(output, "no", key="short")
    )
    found = import_opinions(actor=staff(), text=text)
    assert (len(found.new), found.known) == (4, 0)
    assert ImportedOpinion.objects.count() == 4
    judge = Judge.objects.get(kind="model")
    assert judge.called == "far-judge (imported)"
    current = Answer.objects.filter(judge=judge, is_current=True)
    assert dict(current.values_list("criterion__key", "value")) == {
        "sound": "partly",
        "short": "no",
    }
    # The same file adds nothing; further samples are combined with those that are known.
    again = import_opinions(actor=staff(), text=text)
    assert (len(again.new), again.known) == (0, 4)
    more = HEAD + "".join(f"{output.pk},sound,yes,far-judge,{n}\n" for n in (4, 5))
    import_opinions(actor=staff(), text=more)
    assert Judge.objects.filter(kind="model").count() == 1
    assert ImportedOpinion.objects.count() == 6
    assert current.get(criterion__key="sound").value == "yes"
    assert current.get(criterion__key="short").value == "no"


def test_json_lines_are_read_as_well(output: Output) -> None:
    rows = [
        {"output": output.pk, "criterion": "sound", "answer": "no", "judge": "j", "sample": n}
        for n in (1, 2)
    ]
    assert len(read("\n".join(map(json.dumps, rows))).new) == 2


@pytest.mark.parametrize(
    ("field", "why"),
    [("criterion", "holds the character NUL"), ("judge", "holds half of a surrogate pair")],
)
def test_what_cannot_be_stored_is_refused_in_words(output: Output, field: str, why: str) -> None:
    row = {"output": output.pk, "criterion": "sound", "answer": "no", "judge": "j"}
    row[field] = "far\0" if "NUL" in why else "\ud800"
    (refused,) = read(json.dumps(row)).refused
    assert (refused.line, refused.sentence) == (1, f"“{field}” {why}.")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("999999,sound,yes,j,1", "There is no public output 999999."),
        ("x,sound,yes,j,1", "“x” is no number of an output."),
        ("{pk},nonsense,yes,j,1", "“nonsense” is no criterion"),
        ("{pk},sound,maybe,j,1", "“maybe” is no answer"),
        ("{pk},sound,yes,,1", "Name the judge"),
        ("{pk},sound,yes,j,0", "“0” is no number of a sample"),
        ("{pk},sound,yes,j", "It has 4 cells, and the head line names 5 columns."),
        ("{pk},sound,yes,far-judge,1", "Line 2 is the same sample."),
    ],
)
def test_one_refused_line_stores_nothing_of_the_file(
    output: Output, line: str, sentence: str
) -> None:
    text = HEAD + lines_of(output, "yes") + line.format(pk=output.pk) + "\n"
    with pytest.raises(ImportRefused) as refusal:
        import_opinions(actor=staff(), text=text)
    (refused,) = refusal.value.read.refused
    assert refused.line == 3
    assert refused.sentence.startswith(sentence)
    assert not ImportedOpinion.objects.exists()
    assert not Judge.objects.filter(kind="model").exists()


def test_another_answer_for_a_known_sample_is_refused(output: Output) -> None:
    import_opinions(actor=staff(), text=HEAD + lines_of(output, "yes"))
    with pytest.raises(ImportRefused) as refusal:
        import_opinions(actor=staff(), text=HEAD + lines_of(output, "no"))
    assert "imported before with the answer yes" in refusal.value.read.refused[0].sentence
    assert "lacks “answer”" in read("output,criterion\n1,sound\n").refused[0].sentence
    assert read("").refused[0].sentence == "There is no opinion in it."


@pytest.mark.django_db(transaction=True)
def test_a_press_that_is_sent_twice_at_once_stores_once(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, both = staff(), threading.Barrier(2, timeout=2)
    compared = import_actions.compared

    def waiting(*given: Any) -> Read:
        """Once read, wait for the other press to have read too, which it must not."""
        found = compared(*given)
        with suppress(threading.BrokenBarrierError):
            both.wait()
        return found

    monkeypatch.setattr(import_actions, "compared", waiting)

    def press() -> Read:
        try:
            return import_opinions(actor=actor, text=HEAD + lines_of(output, "yes", "no"))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        found = [each.result() for each in [pool.submit(press) for _ in range(2)]]
    assert sorted((len(each.new), each.known) for each in found) == [(0, 2), (2, 0)]
    assert ImportedOpinion.objects.count() == 2


def test_what_is_taken_at_once_can_be_sent_once_more_and_stored(output: Output) -> None:
    assert MOST_BYTES < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    (refused,) = read("x" * (MOST_BYTES + 1)).refused
    assert refused.sentence == f"It has more than {MOST_BYTES:,} bytes."
    text = HEAD + "".join(
        f"{output.pk},{key},yes,judge-{n},1\n"
        for n in range(MOST_JUDGMENTS)
        for key in ("sound", "short")
    )
    assert len(read(text).new) == 2 * MOST_JUDGMENTS
    (refused,) = read(f"{text}{output.pk},sound,yes,one-more,1\n").refused
    assert refused.line == 2 * MOST_JUDGMENTS + 2
    assert "outputs with new answers are the most at once" in refused.sentence


def test_an_output_withdrawn_in_between_is_named(
    client: Client, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = import_actions.compared

    def overtaken(*given: Any) -> Read:
        found = compared(*given)
        Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
        return found

    monkeypatch.setattr(import_actions, "compared", overtaken)
    client.force_login(staff())
    page = client.post(PATH, {"text": HEAD + lines_of(output, "yes"), "press": "store"})
    assert page.status_code == 422
    assert "Line 2: This output cannot be judged" in page.content.decode()
    assert not Judge.objects.filter(kind="model").exists()


def test_the_page_previews_and_then_stores(client: Client, output: Output) -> None:
    assert client.get(PATH).status_code == 302
    client.force_login(make_user("eve"))
    assert client.get(PATH).status_code == 403
    with pytest.raises(PermissionError):
        import_opinions(actor=make_user("mallory"), text="")
    client.force_login(make_user("rea", role="researcher"))
    assert f"at most {MOST_JUDGMENTS} outputs" in client.get(PATH).content.decode()
    file = io.BytesIO((HEAD + lines_of(output, "yes", "no")).encode())
    file.name = "opinions.csv"
    page = client.post(PATH, {"file": file, "press": "preview"})
    html = page.content.decode()
    assert page.status_code == 200
    assert "2 new answers" in html
    assert f"{output.pk},sound,no,far-judge,2" in html
    assert not ImportedOpinion.objects.exists()
    wrong = client.post(PATH, {"text": f"{HEAD}1,2\n", "press": "store"})
    assert wrong.status_code == 422
    assert "Line 2: It has 2 cells" in wrong.content.decode()
    stored = client.post(
        PATH, {"text": HEAD + lines_of(output, "yes", "no"), "press": "store"}, follow=True
    )
    assert stored.redirect_chain[-1][0] == "/judges/models/"
    assert "2 answers were stored." in stored.content.decode()
    assert client.post(PATH, {"press": "preview"}).status_code == 422


def test_samples_of_few_prompts_and_variants_of_one_are_not_many_opinions(
    version: ProtocolVersion,
) -> None:
    """The interval of ten prompts stays, however many samples each has; variants widen it."""
    wording = CriterionVersion.objects.get(criterion__key="sound")
    ours = ["yes" if number % 2 else "no" for number in range(10)]
    theirs = ["yes" if number % 4 else "no" for number in range(10)]

    def row_of(families: list[int], samples: int = 20) -> WithPeople:
        return compare(
            wording,
            [
                Pair(prompt * samples + sample, prompt, families[prompt], mine, theirs[prompt])
                for prompt, mine in enumerate(ours)
                for sample in range(samples)
            ],
        )

    alone, twice = row_of(list(range(10))), row_of(list(range(10)), samples=40)
    assert (alone.items, alone.pairs, twice.items) == (200, 200, 400)
    assert alone.agreement == twice.agreement
    assert alone.agreement is not None
    assert alone.agreement.high - alone.agreement.low > 0.4
    assert alone.kappa_interval is not None
    assert alone.kappa_interval == twice.kappa_interval
    assert alone.kappa_interval.high - alone.kappa_interval.low > 0.4

    together = row_of([0] * 6 + [6, 7, 8, 9])
    means = [float(mine == their) for mine, their in zip(ours, theirs, strict=True)]
    assert together.agreement == prompt_clustered(means, range(10), [0] * 6 + [6, 7, 8, 9])
    assert together.kappa == alone.kappa
    assert together.kappa_interval != alone.kappa_interval


def test_outputs_and_prompts_are_compared_as_of_their_prompt_and_its_family(
    version: ProtocolVersion,
) -> None:
    make_criterion("clear", level="prompt")
    family = Family.objects.create(slug="lamps")
    prompts = [make_prompt(family=family), make_prompt()]
    person, far = make_judge(), make_judge("model")
    for prompt in prompts:
        output = make_output(prompt=prompt)
        for judge in (person, far):
            give(judge, output, {"sound": "yes", "clear": "no"})
    of = {(prompts[0].pk, family.pk), (prompts[1].pk, -prompts[1].pk)}
    found = pairs_of(ON_SITE, {}).values()
    assert [{(pair.prompt, pair.family) for pair in pairs} for pairs in found] == [of, of]


@pytest.mark.parametrize("withdrawn", ["output", "run"])
def test_what_was_withdrawn_is_compared_with_nobody(
    version: ProtocolVersion, output: Output, withdrawn: str
) -> None:
    other = version.items.exclude(output=output).get().output
    person, far = make_judge(), make_judge("model")
    for each in (output, other):
        give(person, each, {"sound": "yes"})
        give(far, each, {"sound": "yes"})
    assert [rows[0].items for _, rows in compared_on_site()] == [2]
    if withdrawn == "output":
        Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    else:
        Run.objects.filter(pk=output.run_id).update(withdrawn_at=timezone.now())
    left = 1 if withdrawn == "output" else 0
    assert sum(row.items for _, rows in compared_on_site() for row in rows) == left
    assert compared_with_people(version, far)[0].items == left


def test_the_page_and_its_files_compare_once_and_again_after_an_import(
    client: Client, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(make_judge(), output, {"sound": "yes"})
    import_opinions(actor=staff(), text=HEAD + lines_of(output, "yes"))
    counted: list[int] = []

    def counting(*given: Any) -> Any:
        counted.append(1)
        return pairs_of(*given)

    monkeypatch.setattr(agreement, "pairs_of", counting)
    for path in ("/judges/models/", "/judges/models.csv", "/judges/models.json"):
        assert "far-judge" in client.get(path).content.decode()
    assert len(counted) == 1
    client.force_login(make_user("rea", role="researcher"))
    more = {"text": HEAD + lines_of(output, "no", judge="near-judge"), "press": "store"}
    assert "near-judge (imported)" in client.post(PATH, more, follow=True).content.decode()
    assert len(counted) == 2


@pytest.mark.usefixtures("version")
def test_an_interval_is_drawn_again_only_where_pairs_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache.clear()
    make_criterion("clear")
    person, far = make_judge(), make_judge("model")
    for _ in range(4):
        output = make_output()
        for judge in (person, far):
            give(judge, output, {"sound": "yes", "clear": "no"})
    drawn: list[int] = []

    def drawing(pairs: Any) -> Any:
        drawn.append(len(pairs))
        return figures_of(pairs)

    monkeypatch.setattr(agreement, "figures_of", drawing)
    first = compared_on_site()
    assert drawn == [4, 4]
    assert compared_on_site() == first
    assert drawn == [4, 4]
    output = make_output()
    for judge in (person, far):
        give(judge, output, {"sound": "yes"})
    ((_, rows),) = compared_on_site()
    assert drawn == [4, 4, 5]
    assert sorted(row.items for row in rows) == [4, 5]


def test_a_model_judge_beside_people_by_criterion(client: Client, version: ProtocolVersion) -> None:
    people = [make_judge(), make_judge()]
    text, table = HEAD, [[0] * 4 for _ in range(4)]
    order = ("yes", "partly", "no", "cannot-tell")
    for number in range(12):
        output = make_output()
        ours = "yes" if number % 2 else "no"
        text += lines_of(output, ours)
        for judge in people:
            theirs = "yes" if number % 3 else "no"
            give(judge, output, {"sound": theirs})
            table[order.index(ours)][order.index(theirs)] += 1
    import_opinions(actor=staff(), text=text)
    ((judge, rows),) = compared_on_site()
    (row,) = rows
    assert (judge.name, row.items, row.pairs) == ("far-judge", 12, 24)
    assert row.kappa == pytest.approx(cohen_kappa(table))
    assert row.kappa_interval is not None
    assert row.kappa_interval.low < row.kappa < row.kappa_interval.high
    page = client.get("/judges/models/").content.decode()
    assert "far-judge (imported)" in page
    low, high = signed(row.kappa_interval.low), signed(row.kappa_interval.high)
    assert f"{low} to {high}" in page
    (line,) = csv.DictReader(io.StringIO(client.get("/judges/models.csv").content.decode()))
    assert (line["model"], line["items"]) == ("imported--far-judge", "12")
    assert float(line["kappa_low"]) == pytest.approx(row.kappa_interval.low)
    assert "protocol" not in line

    few = "".join(text.splitlines(keepends=True)[:3])

    def another(number: int) -> None:
        import_opinions(actor=staff(), text=few.replace("far-judge", f"judge-{number}"))

    assert_queries_do_not_grow(client, ["/judges/models/"], another)
