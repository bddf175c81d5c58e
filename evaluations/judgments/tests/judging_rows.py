"""One row of everything that judging under a protocol leaves behind."""

import uuid
from datetime import timedelta

from django.utils import timezone

from evaluations.judgments.models import (
    Adjudication,
    Comparison,
    Draft,
    FirstError,
    GoldAnswer,
    ImportedOpinion,
    Judge,
    JudgePrompt,
    Judgment,
    Lease,
    Mark,
    Member,
    Opinion,
    SetAside,
    SkippedItem,
    StepLabel,
)
from evaluations.judgments.tests.cast import make_judge, make_output
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol


def make_judging_rows(judgment: Judgment) -> None:
    """A protocol with one item about the judged output, and what its judge did with it.

    The judgment answers at least one criterion, and the output has steps.
    """
    output, judge = judgment.output, judgment.judge
    assert output is not None
    criterion_version = judgment.answers.exclude(criterion=None).get().criterion_version
    assert criterion_version is not None
    asked = {"criterion": criterion_version.criterion, "criterion_version": criterion_version}
    block = criterion_version.criterion.blocks.get()
    version = make_protocol(f"protocol-{judgment.pk}", blocks=(block,))
    item = make_item(version, output, is_gold=True)
    now = timezone.now()
    GoldAnswer.objects.create(item=item, value="yes", feedback="It follows.", **asked)
    Lease.objects.create(
        item=item, judge=judge, taken_at=now, expires_at=now + timedelta(minutes=30)
    )
    Member.objects.create(protocol=version.protocol, judge=judge)
    SetAside.objects.create(judge=judge, protocol=version.protocol, reason="Odd.")
    Adjudication.objects.create(item=item, value="no", reason="slip", **asked)
    Mark.objects.create(
        judgment=judgment, judge=judge, output=output, part="trace", start=0, end=3, quote="The",
        text_sha256="0" * 64,
    )  # fmt: skip
    step = output.steps.first()
    StepLabel.objects.create(judgment=judgment, judge=judge, step=step, role="inference")
    FirstError.objects.create(
        judgment=judgment, judge=judge, output=output, step=step, segmentation=1
    )
    other, asked_as = (make_output(run=output.run) for _ in range(2))
    Comparison.objects.create(judge=judge, left=output, right=other, value="left")
    Opinion.objects.create(
        judge=make_judge("model"), output=output, block=block, asked_as=asked_as,
        prompt_version=1,
    )  # fmt: skip
    JudgePrompt.objects.create(slug=f"prompt-{judgment.pk}", title="Strict", body="{answer}")
    ImportedOpinion.objects.create(
        judge=Judge.objects.create(kind="model", name=f"far-{judgment.pk}"), output=output,
        criterion_version=criterion_version, sample=1, value="yes", judgment=judgment,
    )  # fmt: skip
    SkippedItem.objects.create(item=item, judge=judge)
    Draft.objects.create(judge=judge, place=f"/judge/{uuid.uuid4()}", updated_at=now)
