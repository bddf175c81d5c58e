"""Small worlds for tests: criteria, definitions, outputs, and judges who answer."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from model_bakery import baker

from evaluations.accounts.models import User
from evaluations.definitions.actions import draft_definition, publish_version, word_criterion
from evaluations.definitions.models import (
    Criterion,
    CriterionVersion,
    Definition,
    DefinitionVersion,
)
from evaluations.judgments.answers.actions import Direct, Served, submit_judgment
from evaluations.judgments.models import Block, BlockCriterion, Judge, Judgment, Way
from evaluations.prompts.models import Family, Prompt, PromptSet
from evaluations.runs.models import Grade, LanguageModel, Output, Recipe, Run, Step

SERVED = Served(way=Way.SERVED)
PASSWORD = "a quiet afternoon"


def make_user(name: str = "ada", **fields: Any) -> User:
    return User.objects.create_user(username=name, password=PASSWORD, **fields)


def make_criterion(
    key: str,
    *,
    level: str = "output",
    answered_by: str = "judge",
    process: bool = False,
    question: str = "",
) -> CriterionVersion:
    criterion = Criterion.objects.create(
        key=key,
        level=level,
        answered_by=answered_by,
        process=process,
        position=Criterion.objects.count() + 1,
    )
    return word_criterion(
        criterion=criterion,
        wording={
            "title": key.replace("-", " "),
            "question": question or f"Question about {key}?",
            "guidance": f"Guidance for {key}.",
        },
    )


def reword(
    wording: CriterionVersion, question: str, *, new_question: bool = False
) -> CriterionVersion:
    """Another wording of the same criterion, in force at once."""
    return word_criterion(
        criterion=wording.criterion,
        wording={"title": wording.title, "question": question, "guidance": wording.guidance},
        new_question=new_question,
    )


def make_definition(slug: str, rule: Any, **fields: Any) -> DefinitionVersion:
    """A published, curated definition; fields of its version may be given."""
    definition = Definition.objects.create(
        slug=slug,
        name=fields.pop("name", f"Name of {slug}"),
        author=fields.pop("author", "A. Author"),
        position=fields.pop("position", Definition.objects.count() + 1),
        curated_at=timezone.now() if fields.pop("curated", True) else None,
    )
    draft = draft_definition(
        definition=definition,
        statement=fields.pop("statement", f"Statement of {slug}."),
        rule=rule,
        reading=fields.pop("reading", f"Reading of {slug}."),
        **fields,
    )
    publish_version(version=draft)
    return DefinitionVersion.objects.with_pins().select_related("definition").get(pk=draft.pk)


def make_block(
    *keys: str, slug: str = "first", is_default: bool = True, title: str = "First questions"
) -> Block:
    block = Block.objects.create(slug=slug, title=title, is_default=is_default)
    for position, key in enumerate(keys, start=1):
        BlockCriterion.objects.create(
            block=block, criterion=Criterion.objects.get(key=key), position=position
        )
    return block


def make_model(slug: str = "babbler", **fields: Any) -> LanguageModel:
    fields.setdefault("name", f"{slug.title()} 135M")
    return LanguageModel.objects.create(slug=slug, path=f"package:{slug}", **fields)


def make_recipe(slug: str = "plainly", **fields: Any) -> Recipe:
    fields.setdefault("name", f"Asked {slug}")
    return Recipe.objects.create(slug=slug, strategy="direct", **fields)


def make_prompt(slug: str | None = None, *, family: Family | None = None, **fields: Any) -> Prompt:
    slug = slug or f"prompt-{Prompt.objects.count() + 1}"
    prompt_set, _ = PromptSet.objects.get_or_create(slug="set", defaults={"title": "A set"})
    fields.setdefault("title", f"Title of {slug}")
    fields.setdefault("text", f"What follows from {slug}?")
    if family is not None:
        fields.setdefault("relation", "surface")
    return Prompt.objects.create(slug=slug, prompt_set=prompt_set, family=family, **fields)


def make_run(model: LanguageModel | None = None, recipe: Recipe | None = None) -> Run:
    """The run of a model with a recipe on the one prompt set."""
    model = model or LanguageModel.objects.first() or make_model()
    recipe = recipe or Recipe.objects.first() or make_recipe()
    prompt_set, _ = PromptSet.objects.get_or_create(slug="set", defaults={"title": "A set"})
    run, _ = Run.objects.get_or_create(
        model=model, recipe=recipe, prompt_set=prompt_set, withdrawn_at=None
    )
    return run


def make_output(
    *,
    run: Run | None = None,
    prompt: Prompt | None = None,
    trace: str = "The lamp is on.\nSo somebody is home.",
    answer: str = "Somebody is home.",
    **fields: Any,
) -> Output:
    """A finished output whose trace has a step a line; `grade` is a score."""
    score, note = fields.pop("grade", None), fields.pop("grade_note", "")
    fields.setdefault("state", "done")
    fields.setdefault("trace_visibility", "full" if fields["state"] == "done" else "")
    run = run or make_run()
    sample = run.outputs.filter(prompt=prompt).count() if prompt else 0
    prompt = prompt or make_prompt()
    written = timezone.now() if fields["state"] in {"done", "failed"} else None
    output = Output.objects.create(
        run=run,
        prompt=prompt,
        sample=sample,
        seed=fields.pop("seed", 1),
        trace=trace,
        answer=answer,
        text=fields.pop("text", f"{trace}\n{answer}"),
        finished_at=fields.pop("finished_at", written),
        **fields,
    )
    start, steps = 0, []
    for index, line in enumerate(trace.splitlines()):
        if line:
            steps.append(Step(output=output, index=index, start=start, end=start + len(line)))
        start += len(line) + 1
    Step.objects.bulk_create(steps)
    if score is not None or note:
        make_grade(output, score, note=note)
    return output


def make_grade(output: Output, score: float | None, **fields: Any) -> Grade:
    """A current grade of the output, by versions that are no more unless others are named."""
    output.grades.update(is_current=False)
    versions = {"grader": output.prompt.grader or "exact", "grader_version": 1}
    return output.grades.create(score=score, **{**versions, "answer_version": 1, **fields})


def make_judge(kind: str = "person", user: User | None = None) -> Judge:
    if kind == "person":
        name = f"judge-{Judge.objects.count() + 1}"
        return Judge.objects.create(kind=kind, user=user or baker.make(User, username=name))
    if kind == "guest":
        return Judge.objects.create(kind=kind, guest_key=uuid.uuid4())
    model = LanguageModel.objects.first() or make_model()
    return Judge.objects.create(kind=kind, language_model=model)


def give(judge: Judge, output: Output, answers: Mapping[str, str], **fields: Any) -> list[Judgment]:
    """One form saved by a judge: criterion key to value, in the wordings in force."""
    wordings = CriterionVersion.objects.for_keys(list(answers))
    return submit_judgment(
        judge=judge,
        output=output,
        answers={wording: answers[wording.criterion.key] for wording in wordings},
        form_token=fields.pop("form_token", None) or uuid.uuid4(),
        served=fields.pop("served", SERVED),
        **fields,
    )


def classify(
    judge: Judge, output: Output, version: DefinitionVersion, value: str, **fields: Any
) -> list[Judgment]:
    """One direct classification saved by a judge."""
    return submit_judgment(
        served=fields.pop("served", SERVED),
        judge=judge,
        output=output,
        direct=[Direct(version=version, value=value, **fields)],
        form_token=uuid.uuid4(),
    )
