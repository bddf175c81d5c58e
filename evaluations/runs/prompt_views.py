"""Prompts with what was written to them. They stand here since the pages show outputs."""

import json
from itertools import groupby
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.accounts.models import User
from evaluations.accounts.visibility_views import visibility_page
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.prompts.drafts import CHANGED_FROM
from evaluations.prompts.models import SYSTEM, Prompt, PromptSet, Relation
from evaluations.runs.models import Output, Run
from evaluations.runs.openings import with_opening
from evaluations.runs.progress import RunProgress
from evaluations.runs.reading import note_seen
from evaluations.runs.records import PROMPT_COLUMNS, prompt_record
from evaluations.runs.views import may_run

PAGE_SIZE = 25
MOST_ROWS, FIRST_ROWS = 25, 5
"""Prompts of a set that the page of all shows; of a set with more, how many, in whole families."""
Row = dict[str, Any]


def outputs_by_prompt(user: User | AnonymousUser | None = None) -> dict[int, int]:
    """Prompt to the number of its outputs that *user* finds, or everybody. Makes one query."""
    counted = (
        Output.objects.written()
        .listed_for(user)
        .order_by()
        .values("prompt")
        .annotate(n=Count("pk"))
    )
    return dict(counted.values_list("prompt", "n"))


@require_safe
def prompts(request: HttpRequest) -> HttpResponse:
    """Every prompt that the visitor finds in lists, set by set."""
    counts = outputs_by_prompt()
    drawn = ("slug", "title", "prompt_set_id", "family_id", "relation", "reference")
    listed = Prompt.objects.on_page_of_all(request.user).select_related(None).only(*drawn)
    by_set = {
        key: [{"prompt": prompt, "outputs": counts.get(prompt.pk, 0)} for prompt in group]
        for key, group in groupby(listed, key=lambda prompt: prompt.prompt_set_id)
    }
    sets = list(PromptSet.objects.listed_for(request.user).for_list())
    shown = [each for each in sets if not each.is_archived]
    context = {
        "sections": [section_of(each, by_set.get(each.pk, [])) for each in shown],
        "archived": [each for each in sets if each.is_archived],
        "total": len(listed),
        "may_run": may_run(request),
    }
    return render(request, "runs/prompts.html", context)


def section_of(prompt_set: PromptSet, rows: list[Row]) -> dict[str, Any]:
    """A set on the page of all: one with many prompts shows its first ones."""
    groups = by_family(rows)
    shown = groups if len(rows) <= MOST_ROWS else first_of(groups)
    return {"set": prompt_set, **counted(groups), "groups": shown, "is_whole": shown == groups}


def counted(groups: list[list[Row]]) -> dict[str, int]:
    """How many prompts there are, and how many families."""
    return {
        "total": sum(map(len, groups)),
        "families": sum(group[0]["prompt"].family_id is not None for group in groups),
    }


def by_family(rows: list[Row]) -> list[list[Row]]:
    """Rows of a set with those of a family together, its original first.

    A family stands where its first prompt does; prompts without one that follow each other are
    together too.
    """
    groups: list[list[Row]] = []
    families: dict[int, list[Row]] = {}
    for row in rows:
        family = row["prompt"].family_id
        if family is None and groups and groups[-1][0]["prompt"].family_id is None:
            groups[-1].append(row)
        elif family in families:
            families[family].append(row)
        else:
            groups.append([row])
            if family is not None:
                families[family] = groups[-1]
    for group in families.values():
        group.sort(key=lambda row: row["prompt"].relation != Relation.ORIGINAL)
    return groups


def first_of(groups: list[list[Row]]) -> list[list[Row]]:
    """The first rows, with the whole of each family that is begun."""
    found: list[list[Row]] = []
    left = FIRST_ROWS
    for group in groups:
        if left <= 0:
            break
        found.append(group if group[0]["prompt"].family_id is not None else group[:left])
        left -= len(group)
    return found


def prompts_table(request: HttpRequest) -> Table:
    """The prompts of that page as everybody finds them; browsers and other sites keep the files."""
    counts = outputs_by_prompt()
    listed = Prompt.objects.on_page_of_all(None)
    rows = [prompt_record(prompt, counts.get(prompt.pk, 0)) for prompt in listed]
    return Table("prompts", PROMPT_COLUMNS, rows, lambda rows: {"prompts": rows})


@require_safe
def prompt_set(request: HttpRequest, slug: str) -> HttpResponse:
    """One set of prompts, at the address by which it is read while it is in no list."""
    shown = prompt_set_or_404(request, slug)
    counts = outputs_by_prompt(request.user)
    rows: list[Row] = [
        {"prompt": prompt, "outputs": counts.get(prompt.pk, 0)}
        for prompt in Prompt.objects.for_list().filter(prompt_set=shown)
    ]
    runs = Run.objects.listed_for(request.user).for_list().filter(prompt_set=shown)
    groups = by_family([row for row in rows if not row["prompt"].is_archived])
    return render(request, "runs/prompt_set.html", {
        "set": shown,
        "section": {"set": shown, **counted(groups), "groups": groups},
        "archived": [row for row in rows if row["prompt"].is_archived],
        "rows": [{"run": run, "progress": RunProgress.of(run)} for run in runs[:PAGE_SIZE]],
        "guards": shown.guarded_by(request.user),
        "may_run": may_run(request),
    })  # fmt: skip


def prompt_set_or_404(request: HttpRequest, slug: str) -> PromptSet:
    """A set to answer that the visitor may read."""
    readable = PromptSet.objects.to_answer().readable_by(request.user)
    return found_or_404(readable, f"There is no prompt set “{slug}”.", slug=slug)


def prompt_set_visibility(request: HttpRequest, slug: str) -> HttpResponse:
    """Say who reads a prompt set; its runs are never wider read."""
    shown = prompt_set_or_404(request, slug)
    return visibility_page(request, shown, f"the prompt set “{shown.title}”")


@require_safe
def prompt(request: HttpRequest, slug: str) -> HttpResponse:
    """One prompt: its text, its family, and every output written to it."""
    user = request.user
    readable = Prompt.objects.readable_by(user).for_list().select_related("replaces")
    shown = found_or_404(readable, f"There is no prompt “{slug}”.", slug=slug)
    written = (
        with_opening(Output.objects.written().listed_for(user).with_first().filter(prompt=shown))
        .select_related("run__model", "run__recipe")
        .order_by("run__model__position", "run__recipe__position", "run", "sample")
    )
    page = Paginator(written, PAGE_SIZE).get_page(request.GET.get("page"))
    reference = shown.reference_for(user)
    if page.object_list or reference:
        note_seen(user, [shown])
    context = {
        "prompt": shown,
        "replaced_by": shown.later_wording,
        "guards": shown.prompt_set.guarded_by(user),
        "family": family_of(shown, user),
        "reference": reference,
        "told": json.dumps(shown.parameters) if reference and shown.parameters else "",
        **origin_of(shown),
        "page": page,
        "may_run": may_run(request),
    }
    return render(request, "runs/prompt.html", context)


def origin_of(prompt: Prompt) -> dict[str, Any]:
    """Whence a prompt is, or what it was changed from, as pairs."""
    own = prompt.origin if isinstance(prompt.origin, dict) else {}
    before = own.get(CHANGED_FROM)
    shown = before if isinstance(before, dict) else own
    # The system message of a prompt as it came stands in a place of its own.
    pairs = sorted(pair for pair in shown.items() if pair[0] != SYSTEM or shown is before)
    return {"is_changed": shown is before, "origin": pairs}


def family_of(prompt: Prompt, user: User | AnonymousUser) -> list[Prompt]:
    """The prompts of the same family that *user* finds in lists, with *prompt*; the original first.

    Empty for a prompt without a family.
    """
    if prompt.family_id is None:
        return []
    listed = Prompt.objects.to_answer().listed_for(user) | Prompt.objects.filter(pk=prompt.pk)
    members = listed.filter(family=prompt.family_id).order_by("position", "slug")
    return sorted(members, key=lambda member: member.relation != Relation.ORIGINAL)
