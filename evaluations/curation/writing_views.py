"""Writing a collection: making one, its title and why, its items, and who sees it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.fragments import page_or_fragment, sent_by_htmx, whole_page_at
from evaluations.common.parameters import whole_number
from evaluations.curation import views
from evaluations.curation.actions import (
    BarNotMet,
    CollectionRefused,
    describe,
    feature,
    made_before,
    make_collection,
    restore,
    retire,
    show,
    unfeature,
)
from evaluations.curation.bar import lacks
from evaluations.curation.contents import records_of
from evaluations.curation.forms import CollectionForm, FeatureForm, NewCollectionForm, TargetForm
from evaluations.curation.lookups import collection_or_404, item_or_404, owners_only
from evaluations.curation.models import Collection, Placement, Shown
from evaluations.curation.placement_actions import (
    MOST_LENS,
    MOST_NOTE,
    NoteNeeded,
    annotate,
    excerpt,
    look_through,
    move,
    place,
    take_out,
)
from evaluations.curation.showing import shown_items
from evaluations.definitions.allowances import refusal
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Part

TEMPLATE = "curation/edit.html"
either = require_http_methods(["GET", "HEAD", "POST"])


@either
@never_cache
@login_required
def new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Make a collection; then its items are added."""
    form = NewCollectionForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            with transaction.atomic():
                again = made_before(owner=request.user, **form.cleaned_data)
                why_not = "" if again else refusal(request, "collect")
                if not why_not:
                    made = make_collection(owner=request.user, **form.cleaned_data)
                    messages.success(request, "Made. Only you see it until you say otherwise.")
                    return redirect("collection-edit", *made.path)
            form.add_error(None, why_not)
            status = 429
    return render(request, "curation/new.html", {"form": form}, status=status)


@either
@owners_only
def edit(request: AuthenticatedHttpRequest, collection: Collection) -> HttpResponse:
    """All that its owner can change, on one page; POST sends title and why."""
    if request.method != "POST":
        return desk(request, collection)
    form = CollectionForm(request.POST)
    if not form.is_valid():
        return desk(request, collection, form=form, status=422)
    try:
        kept = describe(collection=collection, actor=request.user, **form.cleaned_data)
    except CollectionRefused as refused:
        return desk(request, collection, form=form, refused=refused, status=409)
    messages.success(request, "Saved.")
    return redirect("collection-edit", *kept.path)


def desk(
    request: HttpRequest,
    collection: Collection,
    *,
    form: CollectionForm | None = None,
    adding: TargetForm | None = None,
    refused: CollectionRefused | None = None,
    typed: dict[str, Any] | None = None,
    said: str = "",
    focus: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, or with htmx the part with the items.

    Args:
        refused: why nothing was done.
        typed: what stood in the forms of an item that was not saved.
        said: what was done, for the live region.
        focus: the id of the control that keeps the focus.
    """
    adding = adding or TargetForm()
    if collection.visibility == Shown.PUBLIC:
        adding.fields["note"].help_text = "Needed, since the collection is public; not for a text."
    page = views.page_of(request, collection)
    items = shown_items(
        request, records_of(page.object_list), first=page.start_index() or 1, writing=True
    )
    context = {
        "collection": collection,
        "form": form or CollectionForm(initial={"title": collection.title, "why": collection.why}),
        "adding": adding,
        "page": page,
        "items": items,
        "refused": refused,
        "missing": getattr(refused, "missing", []),
        "lacks": lacks(collection) if collection.visibility != Shown.PUBLIC else [],
        "typed": typed or {},
        "said": said,
        "focus": focus,
        "total": page.paginator.count,
        "parts": Part.choices,
        # Drawn once: twenty items have sixty fields of them, which a template is slow to draw.
        "lens_options": format_html_join(
            "",
            '<option value="{}">{}</option>',
            DefinitionVersion.objects.curated().values_list("pk", "definition__name"),
        ),
        "lens_places": range(MOST_LENS),
        "most_note": MOST_NOTE,
        "visibilities": Shown.choices,
    }
    return page_or_fragment(request, TEMPLATE, context, fragment="items", status=status)


def edit_page(collection: Collection, number: int | str = 1, anchor: str = "items") -> str:
    query = f"?page={number}" if str(number) != "1" else ""
    return f"{reverse('collection-edit', args=collection.path)}{query}#{anchor}"


@require_POST
@owners_only
def place_item(request: AuthenticatedHttpRequest, collection: Collection) -> HttpResponse:
    """Add whatever the form names at the end."""
    form = TargetForm(request.POST)
    if not form.is_valid():
        return desk(request, collection, adding=form, status=422)
    try:
        made = place(
            collection=collection, actor=request.user, target=form.target,
            note=form.cleaned_data["note"],
        )  # fmt: skip
    except CollectionRefused as refused:
        form.add_error("note" if isinstance(refused, NoteNeeded) else None, str(refused))
        return desk(request, collection, adding=form, status=409)
    messages.success(request, "Added at the end.")
    last = -(-collection.placements.count() // views.A_PAGE)
    return HttpResponseRedirect(edit_page(collection, last, f"item-{made.pk}"), status=303)


@require_POST
@owners_only
def item(request: AuthenticatedHttpRequest, collection: Collection, key: int) -> HttpResponse:
    """What was pressed on an item: its note, excerpt or lens saved, moved, or taken out."""
    press = request.POST.get("press", "")
    if not Placement.objects.filter(pk=key).exists():
        return desk(request, collection, refused=gone(request), status=409)
    found = item_or_404(collection, key)
    try:
        said, number = pressed(request, found, press)
    except CollectionRefused as refused:
        typed = {"key": str(found.pk), **{name: request.POST.get(name, "") for name in TYPED}}
        return desk(request, collection, refused=refused, typed=typed, status=409)
    anchor = f"item-{found.pk}" if press != "out" else "items"
    at = -(-number // views.A_PAGE) if number else request.GET.get("page", "1")
    if sent_by_htmx(request) and str(at) == request.GET.get("page", "1"):
        return desk(request, collection, said=said, focus=focus_after(press, found))
    messages.success(request, said)
    return whole_page_at(request, edit_page(collection, at, anchor))


TYPED = ("note", "quote", "part")


def gone(request: HttpRequest) -> CollectionRefused:
    """What to say of an item that another window took out, with what was typed for it."""
    words = "This item was taken out meanwhile, in another window or by a moderator."
    typed = next((said for name in TYPED[:2] if (said := request.POST.get(name, "").strip())), "")
    return CollectionRefused(f"{words} What you wrote for it: “{typed}”" if typed else words)


def focus_after(press: str, found: Placement) -> str:
    """The control that keeps the focus: that which was pressed, as it has a stable id."""
    return "items-title" if press == "out" else f"{press}-{found.pk}"


def pressed(
    request: AuthenticatedHttpRequest, found: Placement, press: str
) -> tuple[str, int | None]:
    """Do it; what was done in words, and the place that the item moved to, if it did."""
    sent, actor = request.POST, request.user
    if press == "note":
        annotate(item=found, actor=actor, note=sent.get("note", ""))
        return "The note is saved.", None
    if press == "excerpt":
        quote = sent.get("quote", "")
        excerpt(item=found, actor=actor, part=sent.get("part", ""), quote=quote)
        return "The excerpt is marked." if quote.strip() else "The excerpt is taken off.", None
    if press in ("lens", "lens-all"):
        items = list(found.collection.placements.select_related("collection"))
        look_through(
            items=items if press == "lens-all" else [found],
            actor=actor,
            versions=lens_from(sent.getlist("lens")),
        )
        return "The lens is set.", None
    if press == "out":
        take_out(item=found, actor=actor)
        return "Taken out.", None
    place_now = found.collection.placements.filter(rank__lt=found.rank).count() + 1
    to = {"up": place_now - 1, "down": place_now + 1, "to": whole_number(sent.get("to", ""))}
    wanted = to.get(press)
    if wanted is None:
        raise CollectionRefused("Write the position as a number, such as 3.")
    number = move(item=found, actor=actor, to=wanted)
    return f"Now number {number} of {found.collection.placements.count()}.", number


def lens_from(keys: list[str]) -> list[DefinitionVersion]:
    """The versions that a form's fields name, in their order."""
    numbers = [number for key in keys if (number := whole_number(key)) is not None]
    found = DefinitionVersion.objects.of_everyone().in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


@require_POST
@owners_only
def publish(request: AuthenticatedHttpRequest, collection: Collection) -> HttpResponse:
    """Say who comes across it. What lacks for *public* is listed with links."""
    wanted = request.POST.get("visibility", "")
    try:
        with transaction.atomic():
            if wanted == Shown.PUBLIC and collection.visibility != Shown.PUBLIC:
                if missing := lacks(collection):
                    raise BarNotMet(missing)
                if why_not := refusal(request, "show"):
                    return desk(request, collection, refused=CollectionRefused(why_not), status=429)
            kept = show(collection=collection, actor=request.user, visibility=wanted)
    except CollectionRefused as refused:
        return desk(request, collection, refused=refused, status=409)
    messages.success(request, f"It is {kept.visibility} now.")
    # As after freezing: else the address would go on saying “refused”.
    return redirect(edit_page(kept, anchor="messages"))


@require_POST
@login_required
def retiring(request: AuthenticatedHttpRequest, owner: str, slug: str) -> HttpResponse:
    """Retire it, or bring it back, with a sentence."""
    found = collection_or_404(request, owner, slug)
    sentence = request.POST.get("sentence", "")
    try:
        if request.POST.get("press") == "restore":
            back = restore(collection=found, actor=request.user, sentence=sentence)
            stays = "A moderator’s retiring is undone. Its owner retired it too: that stays."
            messages.success(request, stays if back.retired_at else "It is back.")
        else:
            code = request.POST.get("reason", "")
            retire(collection=found, actor=request.user, sentence=sentence, code=code)
            messages.success(request, "It is retired. Its address says why.")
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except CollectionRefused as refused:
        return views.show(request, found, problem=str(refused), status=409)
    return redirect(found)


@require_POST
@login_required
def featuring(request: AuthenticatedHttpRequest, owner: str, slug: str) -> HttpResponse:
    """Choose it for the front page, as a moderator who does not own it, or take that back."""
    found = collection_or_404(request, owner, slug)
    if not request.user.may_moderate:
        raise PermissionDenied("Moderators feature collections.")
    if request.POST.get("press") == "unfeature":
        return taking_off(request, found)
    form = FeatureForm(request.POST)
    if not form.is_valid():
        return views.show(request, found, feature_form=form, status=422)
    said = form.cleaned_data
    try:
        feature(
            collection=found, actor=request.user, ticked=set(said["ticked"]),
            sentence=said["sentence"],
        )  # fmt: skip
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except CollectionRefused as refused:
        form.add_error(None, str(refused))
        return views.show(request, found, feature_form=form, status=409)
    messages.success(request, "Chosen for the front page, under your name.")
    return redirect(found)


def taking_off(request: AuthenticatedHttpRequest, found: Collection) -> HttpResponse:
    """It is featured no more, for a reason that everybody reads."""
    try:
        sentence = request.POST.get("sentence", "")
        unfeature(collection=found, actor=request.user, sentence=sentence)
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except CollectionRefused as refused:
        return views.show(request, found, problem=str(refused), status=409)
    messages.success(request, "Taken off the front page. The log says why.")
    return redirect(found)
