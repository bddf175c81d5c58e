"""Prompts, models and recipes, runs and outputs; what judges found of an output, once it may be
seen. Starting runs, and bringing in prompts and findings, many at once."""

import json
import uuid
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Status

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.api.boards import BoardQuery
from evaluations.api.problems import Problem, places
from evaluations.api.records import (
    LARGEST,
    Cursor,
    Id,
    Key,
    Moment,
    Number,
    Sent,
    Share,
    asked,
    by_key,
    page,
    page_of,
    record,
    several,
)
from evaluations.common.lookups import found_or_404
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.answers.actions import JudgmentRefused
from evaluations.judgments.answers.findings import check_enters_findings, record_finding
from evaluations.judgments.models import Finding, Source, Value
from evaluations.judgments.outputs.reveals import reveal_to
from evaluations.judgments.outputs.views import answers_context, is_withdrawn, readable
from evaluations.leaderboards.listing.forms import FilterForm, filters_from
from evaluations.leaderboards.listing.outputs import listed
from evaluations.leaderboards.listing.views import COLUMNS, records
from evaluations.prompts.actions import PromptsRefused, add_prompts
from evaluations.prompts.file_views import SAID, set_or_404
from evaluations.prompts.files import read
from evaluations.prompts.lookups import check
from evaluations.prompts.models import Family, Prompt, PromptSet
from evaluations.runs.building.actions import launch_grid
from evaluations.runs.building.forms import RunForm
from evaluations.runs.model_views import counted
from evaluations.runs.models import LanguageModel, Output, Recipe, Run
from evaluations.runs.prompt_views import outputs_by_prompt
from evaluations.runs.reading import note_seen
from evaluations.runs.records import (
    MODEL_COLUMNS,
    OUTPUT_COLUMNS,
    PROMPT_COLUMNS,
    RECIPE_COLUMNS,
    RUN_COLUMNS,
    model_record,
    output_record,
    prompt_record,
    recipe_record,
    run_record,
    settings_record,
)
from evaluations.runs.views import may_run, outputs_of, run_or_404

router = Router(tags=["Prompts, models, runs, outputs"])

PromptSetRow = record("PromptSet", SAID, slug=str, title=str, archived=bool)
PromptRow = record("Prompt", PROMPT_COLUMNS, parameters=Any, outputs=int)
ModelRow = record("Model", MODEL_COLUMNS, runs=int, outputs=int)
RecipeRow = record(
    "Recipe", RECIPE_COLUMNS[:-1], version=int, samples=int, archived=bool,
    **dict.fromkeys(Recipe.ASKS_BY, Any),
)  # fmt: skip
counts = ("run", "samples", "seed", "outputs", "waiting", "being_written", "written", "failed",
          "cancelled")  # fmt: skip
RunRow = record("Run", RUN_COLUMNS, **dict.fromkeys(counts, int), launched_at=Moment)
WholeRun = record(
    "WholeRun", RUN_COLUMNS, **dict.fromkeys(counts, int), launched_at=Moment, withdrawn=bool,
    model=dict[str, Any], recipe=dict[str, Any],
)  # fmt: skip
OutputRow = record("Output", COLUMNS, output=int, sample=int, tokens_out=Number, judged=bool)
Step = record("Step", (), index=int, start=int, end=int)
WholeOutput = record(
    "WholeOutput", (*OUTPUT_COLUMNS, "model", "recipe", "prompt_text"), output=int, sample=int,
    seed=Number, tokens_in=Number, tokens_out=Number, seconds=Share, attempts=int, cost=Share,
    grade=Share, grader_version=Any, answer_version=Any, reused_from=Number, usage=Any,
    finished_at=Moment, withdrawn=bool, run=int, trace=str, answer=str, steps=several(Step),
)  # fmt: skip
Given = record("GivenAnswer", ("value", "label"), blind=bool)
OnCriterion = record("OnCriterion", ("key", "question"), given=several(Given))
OnOutput = record("VerdictOn", ("definition", "verdict", "group"), version=int)
Verdicts = record(
    "Verdicts", ("told",), shown=bool, judges=int, verdicts=several(OnOutput),
    criteria=several(OnCriterion),
)  # fmt: skip
Launched = record("Launched", (), runs=list[int])
Added = record("Added", (), added=int, slugs=list[str])
Entered = record("Entered", (), findings=list[int])

OutputQuery: Any = asked(
    "OutputQuery", (Cursor, BoardQuery), FilterForm.base_fields, "the list of outputs"
)
HIDDEN = "Hidden until you have judged this output, or asked to see what others found."


class Launch(Sent):
    """What to run. One form token launches one run, however often it is sent."""

    model: str
    recipe: str
    prompt_set: str
    samples: int | None = Field(None, ge=1, le=1000)
    seed: int | None = Field(None, ge=0, le=LARGEST)
    visibility: Literal["", "public", "unlisted", "private"] = ""
    repeat: bool = False
    form_token: uuid.UUID = Field(default_factory=uuid.uuid4)


class Prompts(Sent):
    """Prompts as lines of the file of a set have them: `text`, and what else there is."""

    prompts: list[dict[str, Any]] = Field(min_length=1, max_length=1000)


class FindingIn(Sent):
    """An answer that no judge gives, about an output, a prompt, a model, or a model with a recipe
    on a family."""

    criterion: str
    value: Value
    source: Source
    link: str = Field("", max_length=200)
    note: str = Field("", max_length=4000)
    output: Id | None = None
    prompt: str | None = None
    model: str | None = None
    recipe: str | None = None
    family: str | None = None


class Findings(Sent):
    findings: list[FindingIn] = Field(min_length=1, max_length=1000)


def prompt_of(request: HttpRequest, row: Prompt, outputs: int) -> dict[str, Any]:
    """A prompt's record; without its reference, and what tells of it, for who may not read it."""
    told = row.reference_for(request.user)
    withheld = dict.fromkeys(("reference", "grader", "parameters"))
    return {**prompt_record(row, outputs), **({} if told else withheld)}


@router.get("/prompt-sets", response=page_of(PromptSetRow), summary="Prompt sets")
def prompt_sets(request: HttpRequest, response: HttpResponse, cursor: Query[Cursor]) -> Any:
    rows = PromptSet.objects.listed_for(request.user).for_list()
    return page(request, response, rows, cursor, set_record)


@router.get("/prompt-sets/{slug}", response=PromptSetRow, summary="One prompt set")
def prompt_set(request: HttpRequest, slug: str) -> Any:
    return set_record(set_or_404(request, slug))


def set_record(row: PromptSet) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in SAID}, "archived": row.is_archived}


@router.get("/prompts", response=page_of(PromptRow), summary="Prompts that runs ask")
def prompts(
    request: HttpRequest, response: HttpResponse, cursor: Query[Cursor], prompt_set: str = ""
) -> Any:
    rows = Prompt.objects.on_page_of_all(request.user)
    if prompt_set:
        asked = Prompt.objects.filter(prompt_set=set_or_404(request, prompt_set))
        rows = asked.to_be_asked().for_list()
    found = outputs_by_prompt()
    made = lambda row: prompt_of(request, row, found.get(row.pk, 0))  # noqa: E731
    return page(request, response, rows, cursor, made)


@router.get("/prompts/{slug}", response=PromptRow, summary="One prompt")
def prompt(request: HttpRequest, slug: str) -> Any:
    rows = Prompt.objects.to_answer().readable_by(request.user).for_list()
    found = found_or_404(rows, f"There is no prompt “{slug}”.", slug=slug)
    if found.reference_for(request.user):
        note_seen(request.user, [found])
    return prompt_of(request, found, outputs_by_prompt(request.user).get(found.pk, 0))


@router.get("/models", response=page_of(ModelRow), summary="Language models")
def models(request: HttpRequest, response: HttpResponse, cursor: Query[Cursor]) -> Any:
    rows, outputs = counted(LanguageModel.objects.listed())

    def made(row: LanguageModel) -> dict[str, Any]:
        return model_record(row, vars(row)["run_count"], outputs.get(row.pk, 0))

    return page(request, response, rows, cursor, made)


@router.get("/models/{slug}", response=ModelRow, summary="One language model")
def model(request: HttpRequest, slug: str) -> Any:
    rows, outputs = counted(LanguageModel.objects.readable_by(request.user))
    found = found_or_404(rows, f"There is no model “{slug}”.", slug=slug)
    return model_record(found, vars(found)["run_count"], outputs.get(found.pk, 0))


@router.get("/recipes", response=page_of(RecipeRow), summary="Recipes: how models are asked")
def recipes(request: HttpRequest, response: HttpResponse, cursor: Query[Cursor]) -> Any:
    rows = Recipe.objects.listed().select_related("first")
    return page(request, response, rows, cursor, recipe_record)


@router.get("/runs", response=page_of(RunRow), summary="Runs, with how far they are")
def runs(request: HttpRequest, response: HttpResponse, cursor: Query[Cursor]) -> Any:
    rows = Run.objects.listed_for(request.user).for_list()
    return page(request, response, rows, cursor, run_record)


@router.get("/runs/{run_id}", response=WholeRun, summary="A run, with what it takes to repeat it")
def run(request: HttpRequest, run_id: Id) -> Any:
    return settings_record(run_or_404(request, run_id))


@router.get("/outputs", response=page_of(OutputRow), summary="Outputs, without their texts")
def outputs(request: HttpRequest, response: HttpResponse, wanted: Query[OutputQuery]) -> Any:
    filters, form = filters_from(request)
    if form.without_definition:
        errors = [{"place": which, "sentence": "Name the definition whose verdict is asked."}
                  for which in form.without_definition]  # fmt: skip
        raise Problem(422, "A verdict needs a definition.", errors=errors)
    known = listed(filters)
    if isinstance(known, QuerySet):
        known = known.filter(pk__gt=wanted.after).order_by("pk")[: wanted.limit + 1]
    made = lambda keys: records(request, filters, keys)[::-1]  # noqa: E731
    return by_key(request, response, known, wanted, made)


@router.get("/outputs/{output_id}", response=WholeOutput, summary="One output with its text")
def output(request: HttpRequest, output_id: Id) -> Any:
    found = shown_output(request, output_id)
    note_seen(request.user, [found.prompt])
    whole = outputs_of(found.run).filter(pk=found.pk).get()
    return {
        **output_record(whole),
        "run": found.run_id,
        "model": found.run.model.slug,
        "recipe": found.run.recipe.slug,
        "prompt_text": found.prompt.text,
        "trace": found.trace,
        "answer": found.answer,
        "steps": list(found.steps.order_by("index").values("index", "start", "end")),
    }


def shown_output(request: HttpRequest, output_id: int) -> Output:
    """A written output that the caller may read; 410 for one that was withdrawn."""
    rows = Output.objects.to_judge().readable_by(request.user).select_related("run")
    found = rows.filter(pk=output_id).first()
    if found is not None and is_withdrawn(found):
        raise Problem(410, "This output was withdrawn.")
    return readable(request, output_id)


@router.get("/outputs/{output_id}/verdicts", response=Verdicts,
            summary="What judges found of an output, once you may see it")  # fmt: skip
def verdicts(request: HttpRequest, output_id: Id) -> Any:
    return verdicts_on(request, shown_output(request, output_id))


@router.post("/outputs/{output_id}/reveal", response=Verdicts, auth=Key("judge"),
             summary="Show what others found: what you judge of it later is not blind")  # fmt: skip
def reveal(request: HttpRequest, output_id: Id) -> Any:
    shown = shown_output(request, output_id)
    reveal_to(request, [shown])
    return verdicts_on(request, shown)


def verdicts_on(request: HttpRequest, shown: Output) -> dict[str, Any]:
    found = answers_context(request, shown)
    if not found["answers_shown"]:
        return {"shown": False, "told": HIDDEN, "judges": 0, "verdicts": [], "criteria": []}
    said = [
        {
            "definition": each.version.definition.slug,
            "version": each.version.number,
            "verdict": each.verdict,
            "group": name,
        }
        for name, members in found["verdict_groups"]
        for each in members
    ]
    return {**found, "shown": True, "told": None, "verdicts": said}


@router.post("/runs", response={201: Launched}, auth=Key("write"),
             summary="Have a model answer a prompt set (researchers)")  # fmt: skip
def launch(request: AuthenticatedHttpRequest, sent: Launch) -> Any:
    if not may_run(request):
        raise Problem(403, "Only staff and researchers start runs.")
    rows = {"model": LanguageModel.objects.listed(), "recipe": Recipe.objects.listed(),
            "prompt_set": PromptSet.objects.to_answer().readable_by(request.user)}  # fmt: skip
    said: dict[str, Any] = sent.dict(exclude_none=True)
    chosen = {name: list(found.filter(slug=said[name])) for name, found in rows.items()}
    typed = {**said, **{name: [it.pk for it in rows] for name, rows in chosen.items()}}
    form = RunForm(request.user, typed, initial=chosen)
    if not form.is_valid():
        raise Problem(422, "This run cannot be started.", errors=places(form.errors))
    kept = form.cleaned_data
    grid = launch_grid(
        models=kept["model"], recipes=kept["recipe"], prompt_sets=kept["prompt_set"],
        samples=kept["samples"], seed=kept["seed"], visibility=kept["visibility"],
        reuses=not kept["repeat"], form_token=kept["form_token"], launched_by=request.user,
        asked=as_typed(typed),
    )  # fmt: skip
    return Status(201, {"runs": list(grid.runs.order_by("pk").values_list("pk", flat=True))})


def as_typed(given: dict[str, Any]) -> dict[str, list[str]]:
    """What a form would have sent, by which a second one with the same token is known."""
    return {
        name: [str(each) for each in (it if isinstance(it, list) else [it])]
        for name, it in given.items()
        if name != "form_token" and it != "" and it is not False
    }


@router.post("/prompt-sets/{slug}/prompts", response={201: Added}, auth=Key("write"),
             summary="Add prompts to a set of one’s own, all of them or none")  # fmt: skip
def prompts_in(request: AuthenticatedHttpRequest, slug: str, sent: Prompts) -> Any:
    kept = set_or_404(request, slug)
    check(kept, request)
    found = read("\n".join(json.dumps(each) for each in sent.prompts))
    errors = [(it.line, it.sentence) for it in found.refused]
    made: list[Prompt] = []
    try:
        made = [] if errors else add_prompts(
            prompt_set=kept, actor=request.user, drafts=found.drafts
        )  # fmt: skip
    except PromptsRefused as refused:
        errors = [(found.lines[it.place], it.sentence) for it in refused.faults]
    if errors:
        raise by_line("prompts", errors)
    return Status(201, {"added": len(made), "slugs": [row.slug for row in made]})


def by_line(name: str, errors: list[tuple[int, str]]) -> Problem:
    """Nothing was stored: a sentence for each line, counted from 1, that cannot be."""
    said = [{"place": f"{name}.{line}", "sentence": sentence} for line, sentence in errors]
    return Problem(422, "Nothing was stored: some lines cannot be.", errors=said)


@router.post("/findings", response={201: Entered}, auth=Key("write"),
             summary="Enter findings, all of them or none (staff)")  # fmt: skip
def findings_in(request: AuthenticatedHttpRequest, sent: Findings) -> Any:
    check_enters_findings(request.user)  # before it is told what is there
    errors, made = [], []
    with transaction.atomic():
        for line, each in enumerate(sent.findings, start=1):
            try:
                finding = Finding(**finding_fields(each))
                finding.clean_fields(exclude=["created_by", "supersedes"])
                made.append(record_finding(finding=finding, actor=request.user).pk)
            except JudgmentRefused as refused:
                errors.append((line, str(refused)))
            except ValidationError as refused:
                errors.append((line, " ".join(refused.messages)))
        if errors:
            raise by_line("findings", errors)
    return Status(201, {"findings": made})


def finding_fields(said: FindingIn) -> dict[str, Any]:
    """The columns of a finding. Raises JudgmentRefused for what is not there."""
    rows = {
        "output": (Output.objects.written(), "pk"), "prompt": (Prompt.objects.all(), "slug"),
        "model": (LanguageModel.objects.all(), "slug"), "recipe": (Recipe.objects.all(), "slug"),
        "family": (Family.objects.all(), "slug"),
    }  # fmt: skip
    offered = CriterionVersion.objects.offered()
    fields: dict[str, Any] = {
        name: getattr(said, name) for name in ("value", "source", "link", "note")
    }
    fields["criterion_version"] = offered.filter(criterion__key=said.criterion).first()
    for name, (found, by) in rows.items():
        wanted = getattr(said, name)
        fields[name] = found.filter(**{by: wanted}).first() if wanted is not None else None
        if wanted is not None and fields[name] is None:
            raise JudgmentRefused(f"There is no {name} “{wanted}”.")
    if fields["criterion_version"] is None:
        raise JudgmentRefused(f"There is no criterion “{said.criterion}”.")
    return fields
