"""Protocols for those who run them: making and changing one, its gold items, blocks."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.fragments import page_or_fragment
from evaluations.common.parameters import named, whole_number
from evaluations.judgments.items.within import selects
from evaluations.judgments.models import Item, Protocol, ProtocolVersion, Subject
from evaluations.judgments.protocols.actions import (
    ProtocolRefused,
    change_version,
    create_block,
    create_protocol,
    describe_protocol,
)
from evaluations.judgments.protocols.block_forms import BlockForm
from evaluations.judgments.protocols.forms import ProtocolForm
from evaluations.judgments.protocols.gold_actions import add_gold, remove_gold
from evaluations.judgments.protocols.gold_forms import GoldForm
from evaluations.judgments.protocols.plans import plan_of
from evaluations.judgments.protocols.reading import (
    UNITS,
    asked_wordings,
    current_version,
    selected_prompts,
)
from evaluations.judgments.protocols.views import managing, may_run, refused
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output
from evaluations.runs.reading import reading

FORM = "judgments/protocol_form.html"
PAGE_SIZE = 25
either = require_http_methods(["GET", "HEAD", "POST"])


def form_page(
    request: HttpRequest, form: ProtocolForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    """The page of a protocol's form, with how many items it selects."""
    context |= {"form": form, "protocol": form.protocol, **count_of(form)}
    return render(request, FORM, context, status=status)


def count_of(form: ProtocolForm) -> dict[str, Any]:
    """How many items a form selects, and what they are called."""
    subject = form["subject"].value()
    return {"selected": form.selected(), "unit": UNITS.get(subject, "item")}


def counting(form: ProtocolForm) -> ProtocolForm:
    """A form that was sent to be counted: what it lacks is no mistake yet."""
    form.is_valid()
    unreadable = form.selected() is None
    if not unreadable:
        form.errors.clear()
    return form


@either
@never_cache
def protocol_new(request: HttpRequest) -> HttpResponse:
    """Make a protocol; a form that is refused comes back with what was typed."""
    if not may_run(request):
        return refused(request)
    if request.method != "POST":
        opened = ProtocolForm(actor=request.user)
        if chosen := request.GET.getlist("prompt_sets"):  # as an address asks for
            opened.initial["prompt_sets"] = chosen
        return form_page(request, opened)
    form = ProtocolForm(request.POST, actor=request.user)
    if request.POST.get("action") == "count":
        return form_page(request, counting(form))
    if form.is_valid():
        fields = form.cleaned_data
        try:
            made = create_protocol(
                actor=request.user,
                title=fields["title"],
                slug=fields["slug"],
                description=fields["description"],
                access=fields["access"],
                plan=form.plan(),
            )
        except ProtocolRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved as a draft: open it when it is ready.")
            return HttpResponseRedirect(made.get_absolute_url(), status=303)
    return form_page(request, form, status=422)


@require_safe
def protocol_count(request: HttpRequest) -> HttpResponse:
    """How many items a form selects that is being filled in."""
    if not may_run(request):
        return refused(request)
    form = counting(ProtocolForm(request.GET, actor=request.user))
    context = {"form": form, "protocol": None, **count_of(form)}
    return page_or_fragment(request, FORM, context, fragment="count")


@either
@never_cache
@managing
def protocol_edit(request: AuthenticatedHttpRequest, shown: Protocol) -> HttpResponse:
    """Change a protocol. After the first judgment, another question makes a new version."""
    version = current_version(shown)
    if version is None:
        raise Http404(f"“{shown.title}” has no version to change.")
    about: dict[str, Any] = {"version": version, "next_number": version.number + 1}
    plan = plan_of(version)
    if request.method != "POST":
        return form_page(
            request, ProtocolForm(protocol=shown, plan=plan, actor=request.user), **about
        )
    form = ProtocolForm(request.POST, protocol=shown, plan=plan, actor=request.user)
    if request.POST.get("action") == "count":
        return form_page(request, counting(form), **about)
    if form.is_valid():
        fields = form.cleaned_data
        try:
            changed = change_version(protocol=shown, actor=request.user, plan=form.plan())
        except ProtocolRefused as error:
            form.add_error(None, str(error))
        else:
            describe_protocol(
                protocol=shown,
                actor=request.user,
                title=fields["title"],
                description=fields["description"],
                access=fields["access"],
            )
            new = changed.pk != version.pk
            messages.success(request, f"Saved as version {changed.number}." if new else "Saved.")
            return HttpResponseRedirect(shown.get_absolute_url(), status=303)
    return form_page(request, form, status=422, **about)


# Gold --------------------------------------------------------------------------------------------


def about_from(request: HttpRequest, version: ProtocolVersion) -> Output | Prompt | None:
    """The output or prompt that the URL names; None where it names none.

    Raises:
        Http404: for one that is not there, or a number that is none.
    """
    kind = "prompt" if version.subject == Subject.PROMPT else "output"
    text = named(request.GET, kind).strip()
    if not text:
        return None
    number = whole_number(text) or 0
    found: Output | Prompt | None
    if kind == "prompt":
        found = selected_prompts({}, version.protocol).filter(pk=number).first()
    else:
        readable = Output.objects.written().filter(selects(version.protocol, "run__"))
        found = readable.for_judging().filter(pk=number).first()
    if found is None:
        raise Http404(f"There is no {kind} “{text}” to make gold.")
    return found


@either
@never_cache
@managing
def protocol_gold(request: AuthenticatedHttpRequest, shown: Protocol) -> HttpResponse:
    """Gold items: choose an output or prompt, say which answers are expected, take one out."""
    version = current_version(shown)
    if version is None or version.subject == Subject.PAIR:
        raise Http404("Gold items have expected answers to criteria: pairs have none.")
    if request.method == "POST" and request.POST.get("action") == "remove":
        return take_out(request, version)
    wordings = asked_wordings(version)
    about = about_from(request, version)
    form, status = None, 200
    if about is not None:
        item = gold_item(version, about)
        form = GoldForm(wordings, item, request.POST if request.method == "POST" else None)
        if request.method == "POST":
            if form.is_valid():
                try:
                    add_gold(
                        version=version,
                        actor=request.user,
                        about=about,
                        expected=form.expected(),
                        is_qualification=form.cleaned_data["is_qualification"],
                    )
                except ProtocolRefused as error:
                    form.add_error(None, str(error))
                else:
                    messages.success(
                        request, f"{UNITS[version.subject].title()} {about.pk} is gold."
                    )
                    return HttpResponseRedirect(request.path, status=303)
            status = 422
    elif request.method == "POST":
        messages.error(request, "Choose what is to be gold first.")
        return HttpResponseRedirect(request.path, status=303)
    return render(
        request, "judgments/protocol_gold.html",
        {**gold_context(request, version, about), "wordings": wordings, "form": form},
        status=status,
    )  # fmt: skip


def gold_item(version: ProtocolVersion, about: Output | Prompt) -> Item | None:
    place = "output" if isinstance(about, Output) else "prompt"
    return version.items.filter(is_gold=True, **{place: about}).first()


def gold_context(
    request: HttpRequest, version: ProtocolVersion, about: Output | Prompt | None
) -> dict[str, Any]:
    """The gold items with their answers, ordinary items to choose from, and what is chosen."""
    items = version.items.select_related("output__prompt", "prompt").order_by("pk")
    return {
        "protocol": version.protocol,
        "version": version,
        "unit": UNITS[version.subject],
        "gold": items.filter(is_gold=True).prefetch_related("gold_answers__criterion_version"),
        "page": Paginator(items.filter(is_gold=False), PAGE_SIZE).get_page(request.GET.get("page")),
        "about": about,
        "reading": reading(about) if isinstance(about, Output) else None,
    }


def take_out(request: AuthenticatedHttpRequest, version: ProtocolVersion) -> HttpResponse:
    """Make a gold item ordinary again."""
    text = request.POST.get("item", "")
    number = whole_number(text) or 0
    item = version.items.filter(is_gold=True, pk=number).first()
    if item is None:
        messages.info(request, "That item is not gold.")
    else:
        item.version = version
        remove_gold(item=item, actor=request.user)
        messages.success(request, "It is no gold item any more.")
    return HttpResponseRedirect(request.path, status=303)


# Blocks ------------------------------------------------------------------------------------------


@either
def block_new(request: HttpRequest) -> HttpResponse:
    """Make a block of criteria, to be chosen in any protocol."""
    if not may_run(request):
        return refused(request)
    form = BlockForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        block = create_block(
            actor=request.user,
            title=fields["title"],
            description=fields["description"],
            criteria=fields["criteria"],
        )
        messages.success(request, f"The block “{block.title}” can be chosen now.")
        return HttpResponseRedirect(reverse("protocol-new"), status=303)
    status = 422 if request.method == "POST" else 200
    return render(request, "judgments/block_form.html", {"form": form}, status=status)
