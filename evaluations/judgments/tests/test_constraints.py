"""What PostgreSQL itself refuses, whatever the code above it does."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from model_bakery import baker

from evaluations.judgments.models import Answer, Block, Finding, Judge, Judgment
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_user,
)
from evaluations.prompts.models import Family

pytestmark = pytest.mark.django_db


def refused(match: str) -> Any:
    return pytest.raises(IntegrityError, match=match)


def test_judgments_and_answers_are_append_only() -> None:
    make_criterion("one")
    give(make_judge(), make_output(), {"one": "yes"}, comment="as it was")
    with refused("judgments_judgment is append-only"), transaction.atomic():
        Judgment.objects.update(comment="rewritten")
    with refused("judgments_judgment is append-only"), transaction.atomic():
        Judgment.objects.update(blind=False)
    with refused("judgments_judgment is append-only"), transaction.atomic():
        Judgment.objects.update(way="unknown")
    with refused("judgments_answer is append-only"), transaction.atomic():
        Answer.objects.update(value="no")
    Judgment.objects.update(withdrawn_at=timezone.now())
    Answer.objects.update(is_current=False)
    assert Answer.objects.get().value == "yes"


def test_findings_are_append_only() -> None:
    wording = make_criterion("stays-stable", level="set", answered_by="probe")
    user = make_user()
    Finding.objects.create(
        criterion_version=wording,
        model=make_model(),
        value="yes",
        source="probe",
        created_by=user,
    )
    with refused("judgments_finding is append-only"), transaction.atomic():
        Finding.objects.update(value="no")
    with refused("judgments_finding is append-only"), transaction.atomic():
        Finding.objects.update(link="https://example.org/")
    Finding.objects.update(is_current=False, withdrawn_at=timezone.now())
    user.delete()
    assert Finding.objects.get().created_by is None


def answer_on(judgment: Judgment, **fields: Any) -> Answer:
    values = {
        "judgment": judgment,
        "judge": judgment.judge,
        "output": judgment.output,
        "value": "yes",
    }
    return Answer.objects.create(**{**values, **fields})


def test_one_current_answer_for_a_judge_a_subject_and_a_criterion() -> None:
    wording = make_criterion("one")
    judge, output = make_judge(), make_output()
    (judgment,) = give(judge, output, {"one": "yes"})
    same = {"criterion": wording.criterion, "criterion_version": wording}
    with refused("answer_one_current_on_output"), transaction.atomic():
        answer_on(judgment, **same)
    answer_on(judgment, is_current=False, **same)
    (others,) = give(make_judge(), output, {"one": "no"})
    assert others.answers.get().is_current


def test_one_current_answer_on_a_prompt() -> None:
    wording = make_criterion("needs-steps", level="prompt")
    (judgment,) = give(make_judge(), make_output(), {"needs-steps": "yes"})
    with refused("answer_one_current_on_prompt"), transaction.atomic():
        answer_on(
            judgment,
            prompt=judgment.prompt,
            criterion=wording.criterion,
            criterion_version=wording,
        )


def test_one_current_direct_answer() -> None:
    make_criterion("one")
    version = make_definition("taylor", "one")
    (judgment,) = classify(make_judge(), make_output(), version, "yes")
    with refused("answer_one_current_direct"), transaction.atomic():
        answer_on(judgment, definition_version=version)


def test_an_answer_has_one_subject() -> None:
    wording = make_criterion("one")
    (judgment,) = give(make_judge(), make_output(), {"one": "yes"})
    same = {"criterion": wording.criterion, "criterion_version": wording, "is_current": False}
    with refused("answer_one_subject"), transaction.atomic():
        answer_on(judgment, prompt=make_prompt(), **same)
    with refused("answer_one_subject"), transaction.atomic():
        answer_on(judgment, output=None, **same)


def test_a_judgment_has_one_subject() -> None:
    judge = make_judge()
    with refused("judgment_one_subject"), transaction.atomic():
        Judgment.objects.create(judge=judge)
    with refused("judgment_one_subject"), transaction.atomic():
        Judgment.objects.create(judge=judge, output=make_output(), prompt=make_prompt())


def test_an_answer_takes_one_road() -> None:
    wording = make_criterion("one")
    version = make_definition("taylor", "one")
    (judgment,) = give(make_judge(), make_output(), {"one": "yes"})
    with refused("answer_one_road"), transaction.atomic():
        answer_on(judgment, is_current=False)
    with refused("answer_one_road"), transaction.atomic():
        answer_on(
            judgment,
            is_current=False,
            criterion=wording.criterion,
            criterion_version=wording,
            definition_version=version,
        )
    with refused("answer_one_road"), transaction.atomic():
        answer_on(judgment, is_current=False, criterion=wording.criterion)
    with refused("answer_one_road"), transaction.atomic():
        answer_on(judgment, output=None, prompt=make_prompt(), definition_version=version)


def test_an_answer_is_one_of_the_four() -> None:
    wording = make_criterion("one")
    (judgment,) = give(make_judge(), make_output(), {"one": "yes"})
    with refused("answer_value_known"), transaction.atomic():
        answer_on(
            judgment,
            is_current=False,
            criterion=wording.criterion,
            criterion_version=wording,
            value="perhaps",
        )


def test_one_judgment_of_a_subject_for_a_form() -> None:
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    Judgment.objects.create(judge=judge, output=output, form_token=token)
    Judgment.objects.create(judge=judge, prompt=output.prompt, form_token=token)
    with refused("judgment_once_a_form"), transaction.atomic():
        Judgment.objects.create(judge=judge, output=output, form_token=token)


def finding(**fields: Any) -> Finding:
    return Finding.objects.create(value="yes", source="probe", **fields)


def test_a_finding_is_about_exactly_one_subject() -> None:
    wording = make_criterion("stays-stable", level="set", answered_by="probe")
    model, recipe, output = make_model(), make_recipe(), make_output()
    family = baker.make(Family, slug="lamps")
    for subject in (
        {"output": output},
        {"prompt": output.prompt},
        {"model": model},
        {"model": model, "recipe": recipe, "family": family},
    ):
        finding(criterion_version=wording, **subject)
    for subject in (
        {},
        {"output": output, "prompt": output.prompt},
        {"output": output, "model": model},
        {"model": model, "recipe": recipe},
        {"model": model, "family": family},
        {"recipe": recipe, "family": family},
        {"family": family},
    ):
        with refused("finding_one_subject"), transaction.atomic():
            finding(criterion_version=wording, is_current=False, **subject)


def test_one_current_finding_about_a_subject() -> None:
    wording = make_criterion("stays-stable", level="set", answered_by="probe")
    model = make_model()
    finding(criterion_version=wording, model=model)
    with refused("finding_one_current"), transaction.atomic():
        finding(criterion_version=wording, model=model)
    finding(criterion_version=wording, model=model, is_current=False)


def test_evidence_needs_its_link_and_a_probe_does_not() -> None:
    wording = make_criterion("faithful", level="mechanism", answered_by="evidence")
    fields = {"criterion_version": wording, "model": make_model(), "value": "no"}
    with refused("finding_evidence_has_link"), transaction.atomic():
        Finding.objects.create(source="evidence", **fields)
    Finding.objects.create(source="evidence", link="https://example.org/paper", **fields)


def test_a_judge_is_of_one_kind() -> None:
    user, model = make_user(), make_model()
    for fields in (
        {"kind": "guest"},
        {"kind": "guest", "guest_key": uuid.uuid4(), "user": user},
        {"kind": "person", "guest_key": uuid.uuid4()},
        {"kind": "person", "user": user, "language_model": model},
        {"kind": "model"},
        {"kind": "robot", "language_model": model},
    ):
        with refused("judge_is_one_kind"), transaction.atomic():
            Judge.objects.create(**fields)


def test_there_is_one_default_block() -> None:
    make_criterion("one")
    make_block("one")
    make_block("one", slug="second", is_default=False)
    with refused("block_one_default"), transaction.atomic():
        Block.objects.create(slug="third", title="Third", is_default=True)
