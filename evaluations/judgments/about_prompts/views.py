"""The prompt page: a prompt alone, its criteria asked once, save and next."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.common.fragments import page_or_fragment, whole_page_at
from evaluations.common.lookups import found_or_404
from evaluations.judgments.about_prompts.actions import (
    latest_about_prompt,
    submit_about_prompt,
    undo_about_prompt,
)
from evaluations.judgments.about_prompts.forms import AboutPromptForm
from evaluations.judgments.about_prompts.serving import (
    AboutPrompts,
    about_prompts_from,
    content_hash,
    item_of,
    lease_of,
    next_prompt,
)
from evaluations.judgments.answers.actions import JudgmentRefused, Served, Stale
from evaluations.judgments.answers.drafts import draft_at, forget_draft, kept_draft, typed_in
from evaluations.judgments.answers.forms import TokenForm
from evaluations.judgments.items import queue
from evaluations.judgments.items.serving import held_ahead, remember_skip, skip, skipped_items
from evaluations.judgments.judges.guest_checks import GuestRefused, check_guest, check_in_words
from evaluations.judgments.judges.visitors import Visitor, judge_for, visitor
from evaluations.judgments.models import Answer, Item, Judge, Judgment
from evaluations.judgments.protocols.permissions import refusal, refusal_on
from evaluations.prompts.models import Prompt

TEMPLATE = "judgments/prompt.html"
LAST_PROMPT = "last_prompt"
SKIPPED_PROMPTS = "skipped_prompts"


def refusal_of(asked: AboutPrompts, who: Visitor, item: Item | None = None) -> str:
    """Why this visitor may not judge under the protocol, or *item*; empty when they may."""
    if item is not None:
        return refusal_on(item, who.user, who.judge)
    return refusal(asked.version.protocol, who.user, who.judge) if asked.version else ""


def prompt_or_404(slug: str) -> Prompt:
    return found_or_404(
        Prompt.objects.filter(prompt_set__is_listed=True),
        f"There is no prompt “{slug}” to judge.",
        slug=slug,
    )


def following(
    request: HttpRequest, asked: AboutPrompts, after: Prompt | None = None
) -> Prompt | None:
    return next_prompt(
        asked,
        visitor(request).judge,
        after=after,
        skipped=request.session.get(SKIPPED_PROMPTS, []),
        passed_items=skipped_items(request),
    )


@require_safe
@never_cache
def prompt_next(request: HttpRequest) -> HttpResponse:
    """Send the visitor to a prompt with an open question, or say that all is answered."""
    asked = about_prompts_from(request.GET)
    if refused := refusal_of(asked, visitor(request)):
        return no_prompt(request, asked, refused=refused)
    if asked.version is not None and request.user.is_authenticated:
        judge_for(request)  # so that the prompt is held for them
    try:
        found = following(request, asked)
    except queue.NotQualified as error:
        return no_prompt(request, asked, refused=str(error))
    return redirect(asked.url(found)) if found is not None else no_prompt(request, asked)


def no_prompt(request: HttpRequest, asked: AboutPrompts, *, refused: str = "") -> HttpResponse:
    """Nothing to answer, or not for this visitor: what this is, why, and what to do next."""
    context = {
        "asked": asked,
        "refused": refused,
        "any_prompts": Prompt.objects.filter(prompt_set__is_listed=True).exists(),
        "saved": saved_strip(request, visitor(request)),
    }
    status = 403 if refused else 200
    response = page_or_fragment(request, TEMPLATE, context, fragment="item", status=status)
    if getattr(request, "htmx", None):
        response["HX-Push-Url"] = asked.url()
    return response


@never_cache
def prompt(request: HttpRequest, slug: str) -> HttpResponse:
    """One prompt with its questions; saving stores the answers and brings the next one."""
    asked = about_prompts_from(request.GET)
    shown = prompt_or_404(slug)
    if request.method == "POST":
        return save(request, shown, asked)
    if refused := refusal_of(asked, visitor(request), item_of(asked, shown)):
        return no_prompt(request, asked, refused=refused)
    return show(request, shown, asked)


def draft_place(shown: Prompt, asked: AboutPrompts) -> str:
    """The name under which a judge's unsaved answers to this form are kept."""
    return f"prompt:{shown.slug}:{asked.query}"


def show(
    request: HttpRequest,
    shown: Prompt,
    asked: AboutPrompts,
    form: AboutPromptForm | None = None,
    *,
    status: int = 200,
    problem: str = "",
    offers_account: bool = False,
    undone: uuid.UUID | None = None,
) -> HttpResponse:
    """The prompt page, or the fragment that a save swaps in."""
    who = visitor(request)
    lease = lease_of(item_of(asked, shown), who.judge)
    draft = None
    if form is None:
        draft = draft_at(who.judge, draft_place(shown, asked))
        initial = {
            **AboutPromptForm.opening(
                latest_about_prompt(who.judge, shown), content_hash(shown, asked)
            ),
            "lease": lease.token if lease else None,
            **earlier_answers(who.judge, shown, asked, undone or undone_token(request)),
            **typed_in(draft),
        }
        form = AboutPromptForm(asked.wordings, initial=initial)
    context = {
        "prompt": shown,
        "asked": asked,
        "form": form,
        "lease": lease,
        "saved": saved_strip(request, who),
        "undone": undone,
        "saved_count": saved_about_prompts(who.judge),
        "problem": problem,
        "offers_account": offers_account,
        "is_guest": who.is_guest,
        "single_keys": who.user is None or who.user.single_keys,
        "here": asked.url(shown),
        "skip_url": asked.url(shown, "judge-prompt-skip"),
        "draft": draft,
        "draft_url": asked.url(shown, "judge-prompt-draft"),
        "draft_key": draft_place(shown, asked),
        "ahead": held_ahead(lease),
    }
    return page_or_fragment(request, TEMPLATE, context, fragment="item", status=status)


def earlier_answers(
    judge: Judge | None, shown: Prompt, asked: AboutPrompts, undone: uuid.UUID | None
) -> dict[str, Any]:
    """What this judge answered before, also with an output of this prompt, or just undid."""
    if judge is None:
        return {}
    mine = (
        Answer.objects.filter(
            Q(is_current=True) | Q(judgment__form_token=undone), judge=judge, prompt=shown
        )
        .to(asked.wordings)
        .select_related("criterion")
        .order_by("id")
    )
    # A later row wins, so that what was undone yields to what was saved after it.
    initial: dict[str, Any] = {
        f"answer-{answer.criterion.key}": answer.value for answer in mine if answer.criterion
    }
    typed = judge.judgments.filter(form_token=undone).first() if undone else None
    if typed is not None:
        initial["comment"] = typed.comment
        initial["confidence"] = typed.confidence
        initial["expected_agreement"] = typed.expected_agreement
    return initial


def undone_token(request: HttpRequest) -> uuid.UUID | None:
    form = TokenForm({"form_token": request.GET.get("undone", "")})
    return form.cleaned_data["form_token"] if form.is_valid() else None


def saved_about_prompts(judge: Judge | None) -> int:
    """On how many prompts this judge has saved answers."""
    if judge is None:
        return 0
    mine = judge.judgments.standing().filter(prompt__isnull=False)
    return mine.values("prompt").distinct().count()


def saved_strip(request: HttpRequest, who: Visitor) -> dict[str, Any] | None:
    """The last saved form about a prompt, and the token that undoes it."""
    token = request.session.get(LAST_PROMPT)
    if not token or who.judge is None:
        return None
    last: Judgment | None = (
        who.judge.judgments.standing()
        .filter(form_token=token, prompt__isnull=False)
        .select_related("prompt")
        .first()
    )
    if last is None:
        return None
    return {
        "token": token,
        "prompt": last.prompt,
        "check": check_in_words(last.guest_check),
        "surplus": last.is_surplus,
    }


def save(request: HttpRequest, shown: Prompt, asked: AboutPrompts) -> HttpResponse:
    """Store a form and bring the next prompt; whatever is wrong, what was typed stays."""
    form = AboutPromptForm(asked.wordings, request.POST)
    if not form.is_valid():
        return show(request, shown, asked, form, status=422)
    sent = form.cleaned_data
    if sent["content"] != content_hash(shown, asked):
        return stale(
            request, shown, asked, form, "The questions changed after this page was opened."
        )
    item = item_of(asked, shown)
    if refused := refusal_of(asked, visitor(request), item):
        return show(request, shown, asked, form, status=409, problem=refused)
    try:
        guest_check = check_guest(request, sent["form_token"])
    except GuestRefused as error:
        return show(
            request, shown, asked, form, status=429, problem=error.sentence, offers_account=True
        )
    judge = judge_for(request, sent["form_token"])
    try:
        submit_about_prompt(
            judge=judge,
            prompt=shown,
            answers=form.answers(),
            form_token=sent["form_token"],
            seen=sent["seen"],
            comment=sent["comment"],
            confidence=sent["confidence"],
            expected_agreement=sent["expected_agreement"],
            seconds=sent["seconds"],
            served=Served(
                item=item, page="prompt", position=1, finishes=True, guest_check=guest_check
            )
            if item is not None
            else Served(guest_check=guest_check),
        )
    except Stale:
        return stale(
            request, shown, asked, form,
            "You saved or undid answers about this prompt after this page was opened.",
        )  # fmt: skip
    except JudgmentRefused as error:
        return show(request, shown, asked, form, status=409, problem=str(error))
    forget_draft(judge, draft_place(shown, asked))
    request.session[LAST_PROMPT] = str(sent["form_token"])
    return onward(request, asked, after=shown)


def stale(
    request: HttpRequest, shown: Prompt, asked: AboutPrompts, form: AboutPromptForm, why: str
) -> HttpResponse:
    """409: nothing is stored, all that was typed is kept, and saving again is one click."""
    data = form.data.copy()
    # A new form: its next sending is not a second sending of this one.
    opening = AboutPromptForm.opening(
        latest_about_prompt(visitor(request).judge, shown), content_hash(shown, asked)
    )
    for name, value in opening.items():
        data[name] = str(value)
    return show(
        request, shown, asked, AboutPromptForm(asked.wordings, data), status=409,
        problem=f"{why} Nothing was overwritten and your answers are kept below: look again, "
        "then save.",
    )  # fmt: skip


def onward(request: HttpRequest, asked: AboutPrompts, after: Prompt) -> HttpResponse:
    """The next prompt: as a fragment with its address for htmx, else by redirect."""
    try:
        found = following(request, asked, after)
    except queue.NotQualified as error:
        return no_prompt(request, asked, refused=str(error))
    if not getattr(request, "htmx", None):
        return HttpResponseRedirect(asked.url(found), status=303)
    if found is None:
        return no_prompt(request, asked)
    response = show(request, found, asked)
    response["HX-Push-Url"] = asked.url(found)
    return response


@require_POST
def prompt_skip(request: HttpRequest, slug: str) -> HttpResponse:
    """Pass a prompt by and bring the next one."""
    asked = about_prompts_from(request.GET)
    shown = prompt_or_404(slug)
    item = item_of(asked, shown)
    if refused := refusal_of(asked, visitor(request), item):
        return no_prompt(request, asked, refused=refused)
    if item is not None:
        skip(request, item, visitor(request).judge)
    else:
        remember_skip(request, SKIPPED_PROMPTS, slug)
    return onward(request, asked, after=shown)


@require_POST
def prompt_undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Take back the last answers about a prompt and show it again."""
    asked = about_prompts_from(request.GET)
    form = TokenForm(request.POST)
    judge = visitor(request).judge
    why = "it is undone already, or this browser did not save it."
    undone: Judgment | None = None
    if form.is_valid() and judge is not None:
        try:
            undone = undo_about_prompt(judge=judge, form_token=form.cleaned_data["form_token"])
        except Stale:
            why = "you saved newer answers to the same questions."
    htmx = getattr(request, "htmx", None)
    if undone is None or undone.prompt is None:
        messages.warning(request, f"That could not be undone: {why}")
        return whole_page_at(request, asked.url())
    request.session.pop(LAST_PROMPT, None)
    here = asked.url(undone.prompt)
    here += f"{'&' if '?' in here else '?'}undone={undone.form_token}"
    if not htmx:
        return HttpResponseRedirect(here, status=303)
    response = show(request, undone.prompt, asked, undone=undone.form_token)
    response["HX-Push-Url"] = here
    return response


@require_POST
def prompt_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep what is typed and hold the prompt on; answers with the times of both, as JSON."""
    asked = about_prompts_from(request.GET)
    shown = prompt_or_404(slug)
    token = TokenForm(request.POST)
    return kept_draft(
        request,
        draft_place(shown, asked),
        item_of(asked, shown),
        token.cleaned_data["form_token"] if token.is_valid() else None,
    )
