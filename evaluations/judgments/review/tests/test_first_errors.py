"""Agreement on the first error with a reference judge: shares, intervals, who is compared."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from evaluations.judgments.answers.actions import Served, submit_judgment
from evaluations.judgments.answers.steps import StepAnswers, store_steps
from evaluations.judgments.models import Judge, Judgment
from evaluations.judgments.review.first_errors import compare_first_errors
from evaluations.judgments.tests.cast import make_judge, make_output, make_user
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

FIRST = "first-error"


@pytest.fixture
def output() -> Output:
    return written()


def written() -> Output:
    return make_output(trace="The lamp is on.\nSo somebody is home.\nIt is Ada.\nIt is late.")


def keep(judge: Judge, output: Output, mode: str = FIRST, **said: Any) -> None:
    judgment = Judgment.objects.create(judge=judge, output=output, item=said.pop("item", None))
    store_steps(judgment, StepAnswers(segmentation=1, mode=mode, **said))


def test_agreement_counts_exact_near_and_whether_there_is_one() -> None:
    reference, judge = make_judge(), make_judge()
    outputs = [written() for _ in range(5)]
    for expected, given, output in zip(
        [1, 1, 1, None, None], [1, 2, 3, None, 0], outputs, strict=True
    ):
        for who, place in ((reference, expected), (judge, given)):
            keep(who, output, first_error=place, no_error=place is None)
    found = compare_first_errors(reference=reference, outputs=outputs)
    assert (found.outputs, found.judges, found.comparisons, found.left_open) == (5, 1, 5, 0)
    assert found.exact is not None
    assert found.within_one is not None
    assert found.detection is not None
    assert found.exact.estimate == pytest.approx(2 / 5)
    assert found.within_one.estimate == pytest.approx(3 / 5)
    assert found.detection.estimate == pytest.approx(4 / 5)
    # Wilson's interval of 2 in 5.
    assert found.exact.low == pytest.approx(0.1176, abs=1e-4)
    assert found.exact.high == pytest.approx(0.7693, abs=1e-4)
    assert [(row.reference, row.given[judge.pk]) for row in found.table] == [
        (1, 1),
        (1, 2),
        (1, 3),
        ("none", "none"),
        ("none", 0),
    ]


def test_only_this_protocols_people_are_compared(output: Output) -> None:
    reference, here, elsewhere, open_ended = (make_judge() for _ in range(4))
    version = make_protocol(steps=FIRST)
    item = make_item(version, output)
    keep(reference, output, first_error=1)
    keep(here, output, first_error=1, item=item)
    keep(elsewhere, output, first_error=2)
    keep(open_ended, output, "labels", correctness={3: -1}, item=item)
    keep(make_judge("model"), output, first_error=3, item=item)
    found = compare_first_errors(reference=reference, version=version)
    assert (found.judges, found.comparisons, found.left_open) == (1, 1, 1)
    assert found.exact is not None
    assert found.exact.estimate == 1
    everybody = compare_first_errors(reference=reference, outputs=[output])
    assert everybody.comparisons == 2
    models = compare_first_errors(reference=reference, outputs=[output], kinds=["model"])
    assert models.comparisons == 1


def test_nothing_to_compare_gives_no_number(output: Output) -> None:
    found = compare_first_errors(reference=make_judge(), outputs=[output])
    assert (found.outputs, found.exact, found.within_one, found.detection) == (0, None, None, None)
    with pytest.raises(ValueError, match="a protocol version or outputs"):
        compare_first_errors(reference=make_judge())


def test_the_owner_sees_the_comparison_with_the_annotators(client: Client) -> None:
    owner = make_user("owner")
    version = make_protocol(owner=owner, steps="first-error")
    annotators = make_judge()
    for first_error in (0, None):
        output = make_output()
        make_item(version, output)
        judgment = Judgment.objects.create(judge=annotators, output=output, page="import:a-set")
        store_steps(
            judgment,
            StepAnswers(
                segmentation=1,
                mode="first-error",
                first_error=first_error,
                no_error=first_error is None,
            ),
        )
    judge = make_judge()
    for item in version.items.order_by("pk"):
        submit_judgment(
            judge=judge,
            output=item.output,
            steps=StepAnswers(segmentation=1, mode="first-error", first_error=0),
            form_token=uuid.uuid4(),
            served=Served(item=item, page="steps", finishes=True),
        )
    client.force_login(owner)
    page = client.get("/protocols/small/progress/").content.decode()
    assert "First errors beside the annotators’" in page
    assert re.search(r"The same step, or both none</dt><dd>50\s?%", page)
    rows = client.get("/protocols/small/progress/first-errors.csv").content.decode().splitlines()
    assert rows[0] == "output,steps,annotators,judge,answer,same"
    assert [row.split(",")[2:] for row in rows[1:]] == [
        ["1", "1", "1", "True"],
        ["none", "1", "1", "False"],
    ]
