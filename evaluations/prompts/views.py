"""Making prompt sets and writing their prompts, one by one or many at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evaluations.accounts.gates import only
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.accounts.visibility_actions import VisibilityRefused
from evaluations.prompts.actions import (
    PromptsRefused,
    add_prompts,
    archive_prompt,
    archive_set,
    describe_set,
    make_set,
    reword,
)
from evaluations.prompts.drafts import Draft
from evaluations.prompts.files import COLUMNS, read
from evaluations.prompts.forms import GenerateForm, ImportForm, NewSetForm, PromptForm, SetForm
from evaluations.prompts.generators.named import NAMED
from evaluations.prompts.loading import CATALOGUE
from evaluations.prompts.lookups import keepers_only, prompt_keepers_only
from evaluations.prompts.models import Grader, Prompt, PromptSet, Relation
from evaluations.prompts.previews import Preview, preview

either = require_http_methods(["GET", "HEAD", "POST"])
writers_only = only(
    lambda user: user.may_write_prompts, "Only staff and researchers make prompt sets."
)


@either
@writers_only
def new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Make a prompt set; then its prompts are added."""
    form = NewSetForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = make_set(actor=request.user, **form.cleaned_data)
        except VisibilityRefused as refused:
            form.add_error("visibility", str(refused))
        except PromptsRefused as refused:
            form.add_error("title", str(refused))
        else:
            messages.success(request, "The set is made. Now add its prompts.")
            return redirect(made)
    status = 422 if form.is_bound else 200
    return render(request, "prompts/set.html", {"form": form}, status=status)


@either
@keepers_only
def edit(request: AuthenticatedHttpRequest, prompt_set: PromptSet) -> HttpResponse:
    """What a set says of itself; and whether runs may ask it."""
    press = request.POST.get("press", "")
    if press in ("archive", "restore"):
        archive_set(prompt_set=prompt_set, actor=request.user, archived=press == "archive")
        said = "No new run asks it any more." if press == "archive" else "Runs may ask it again."
        messages.success(request, said)
        return redirect(prompt_set)
    form = SetForm(request.POST) if request.method == "POST" else SetForm.of(prompt_set)
    if form.is_valid():
        try:
            describe_set(prompt_set=prompt_set, actor=request.user, **form.cleaned_data)
        except PromptsRefused as refused:
            form.add_error("title", str(refused))
        else:
            messages.success(request, "Saved.")
            return redirect(prompt_set)
    status = 422 if form.is_bound else 200
    shipped = (CATALOGUE / f"{prompt_set.slug}.json").is_file()
    context = {"form": form, "set": prompt_set, "shipped": shipped}
    return render(request, "prompts/set.html", context, status=status)


@either
@keepers_only
def add(request: AuthenticatedHttpRequest, prompt_set: PromptSet) -> HttpResponse:
    """Add one prompt."""
    form = PromptForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        draft = form.draft()
        try:
            (made,) = add_prompts(prompt_set=prompt_set, actor=request.user, drafts=[draft])
        except PromptsRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Added: “{made.title}”.")
            if request.POST.get("press") == "another":
                return redirect("prompt-set-add", prompt_set.slug)
            return redirect(prompt_set)
    return page_of_prompt(request, form, prompt_set)


@either
@prompt_keepers_only
def prompt_edit(request: AuthenticatedHttpRequest, prompt: Prompt) -> HttpResponse:
    """Change a prompt, archive it, or bring it back. What was asked stays as it was asked."""
    press = request.POST.get("press", "")
    form = PromptForm(request.POST) if press == "save" else PromptForm.of(Draft.of(prompt))
    try:
        if press in ("archive", "restore"):
            archive_prompt(prompt=prompt, actor=request.user, archived=press == "archive")
            left = "Later runs leave it out." if press == "archive" else "Later runs ask it again."
            messages.success(request, left)
            return redirect(prompt)
        if press == "save" and form.is_valid():
            kept = reword(prompt=prompt, actor=request.user, draft=form.draft())
            messages.success(request, said_of(kept, prompt))
            return redirect(kept)
    except PromptsRefused as refused:
        if not form.is_bound:
            form = PromptForm(form.initial)
            form.is_valid()
        form.add_error(None, str(refused))
    return page_of_prompt(request, form, prompt.prompt_set, prompt)


def said_of(kept: Prompt, before: Prompt) -> str:
    """What saving a prompt did, in a sentence."""
    if before.pk and kept.pk != before.pk:
        return "The new wording is a prompt of its own; the earlier one is archived."
    return "Saved."


def page_of_prompt(
    request: AuthenticatedHttpRequest,
    form: PromptForm,
    prompt_set: PromptSet,
    prompt: Prompt | None = None,
) -> HttpResponse:
    later = prompt.later_wording if prompt and prompt.is_archived else None
    context = {"form": form, "set": prompt_set, "prompt": prompt, "later": later}
    return render(request, "prompts/prompt.html", context, status=422 if form.is_bound else 200)


@either
@keepers_only
def bring_in(request: AuthenticatedHttpRequest, prompt_set: PromptSet) -> HttpResponse:
    """Prompts from CSV or JSON Lines: a preview first, and then all of them or none."""
    context: dict[str, Any] = {
        "set": prompt_set,
        "form": ImportForm(),
        "columns": COLUMNS,
        "graders": Grader.choices,
        "relations": Relation.choices,
    }
    if request.method != "POST":
        return render(request, "prompts/import.html", context)
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "prompts/import.html", {**context, "form": form}, status=422)
    found = read(form.cleaned_data["text"])
    given: dict[str, Any] = {"lines": found.lines, "refused": found.refused}
    shown = preview(prompt_set, request.user, found.drafts, **given)
    agreed = form.cleaned_data["previewed"] == form.digest()
    if request.POST.get("press") == "store" and agreed and shown.can_be_stored:
        try:
            return store(request, prompt_set, shown)
        except PromptsRefused:  # something was added since
            shown = preview(prompt_set, request.user, found.drafts, **given)
    context |= {"form": form.again(), "preview": shown}
    status = 200 if shown.can_be_stored else 422
    return render(request, "prompts/import.html", context, status=status)


@either
@keepers_only
def generate(request: AuthenticatedHttpRequest, prompt_set: PromptSet) -> HttpResponse:
    """Prompts from a generator: a preview first, and then all of them or none."""
    context: dict[str, Any] = {
        "set": prompt_set,
        "form": GenerateForm.opening(),
        "generators": NAMED.values(),
        "word": "Prompt",
    }
    if request.method != "POST":
        return render(request, "prompts/generate.html", context)
    form = GenerateForm(request.POST)
    if not form.is_valid():
        return render(request, "prompts/generate.html", {**context, "form": form}, status=422)
    shown = preview(prompt_set, request.user, form.drafts, compare=False)
    agreed = form.cleaned_data["previewed"] == form.asked()
    if request.POST.get("press") == "store" and agreed and shown.can_be_stored:
        try:
            return store(request, prompt_set, shown)
        except PromptsRefused:  # something was added since
            shown = preview(prompt_set, request.user, form.drafts, compare=False)
    context |= {"form": form.again(), "preview": shown}
    status = 200 if shown.can_be_stored else 422
    return render(request, "prompts/generate.html", context, status=status)


def store(request: AuthenticatedHttpRequest, prompt_set: PromptSet, shown: Preview) -> HttpResponse:
    """Store what was previewed, and go to the set."""
    made = add_prompts(prompt_set=prompt_set, actor=request.user, drafts=shown.drafts)
    messages.success(request, f"{len(made):,} prompt{'' if len(made) == 1 else 's'} added.")
    return redirect(prompt_set)
