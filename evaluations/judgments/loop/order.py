"""The judging loop: the order of its steps, once for outputs, pairs and prompts.

A task is found (404), the gate lets in (403), the form is filled (422) and about what is asked
now (409), the judge's pace and the guest's allowance leave room (429), it is stored (409), and the
next task comes. What is asked, how it is stored and what comes next is for a room to say: it fills
in the methods.
"""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django_htmx.http import push_url, retarget

from evaluations.common.fragments import page_or_fragment, sent_by_htmx, whole_page_at
from evaluations.common.parameters import with_query
from evaluations.judgments.answers.actions import JudgmentRefused, Stale
from evaluations.judgments.answers.drafts import (
    draft_at,
    forget_draft,
    kept_draft,
    typed_in,
    words_of,
)
from evaluations.judgments.items import queue, serving
from evaluations.judgments.items.crowds import crowd_in_words
from evaluations.judgments.judges.guest_checks import GuestRefused, check_guest
from evaluations.judgments.judges.pace import TooFast, check_pace
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.loop.forms import ReturningForm, TokenForm, typed
from evaluations.judgments.loop.served import redeem, remember, remember_in_browser, was_served
from evaluations.judgments.models import Item, Judge, Lease, ProtocolVersion, Way
from evaluations.judgments.protocols.permissions import refusal, refusal_on

NOT_SAVED_HERE = "it is undone already, or this browser did not save it."
UNDONE = "Undone: what it had replaced is in force again."


class Refused(Exception):
    """This visitor may not judge here: why, and what was done all the same."""

    def __init__(self, why: str, told: str = "") -> None:
        super().__init__(why)
        self.why, self.told = why, told


class Task(Protocol):
    """One form for one judge: what is shown and asked, for which item, if any, and their hold."""

    @property
    def item(self) -> Item | None: ...

    @property
    def lease(self) -> Lease | None: ...

    @property
    def content(self) -> str:
        """A hash of what the form shows: if it changes, the form is stale."""

    @property
    def draft_place(self) -> str:
        """The name under which a judge's unsaved words are kept."""

    def url_of(self, name: str) -> str:
        """The address of what *name* does to it."""


T = TypeVar("T", bound=Task)
F = TypeVar("F", bound=ReturningForm)
L = TypeVar("L", bound="Loop[Any, Any]")
Sent = Mapping[str, Any] | None
"""The fields of a form, where one came."""


def gated(act: Callable[[L], HttpResponse]) -> Callable[[L], HttpResponse]:
    """Let *act* end in 403 wherever its visitor is refused."""

    @wraps(act)
    def acted(loop: L) -> HttpResponse:
        try:
            return act(loop)
        except Refused as error:
            return loop.refused(error.why, error.told, typed(loop.request.POST))
        except queue.NotQualified as error:
            return loop.refused(str(error))

    return acted


class Loop(ABC, Generic[T, F]):
    """What one request does in judging one kind of subject.

    `version` and `query` are what its address asks, `last_saved` is a key of the session.
    """

    template: ClassVar[str]
    done_page: ClassVar[tuple[str, str]]
    refused_page: ClassVar[tuple[str, str]]
    next_name: ClassVar[str]
    name: ClassVar[str]
    last_saved: ClassVar[str]
    incomplete: ClassVar[str] = ""
    outdated: ClassVar[str]
    answered_since: ClassVar[str]
    look_again: ClassVar[str] = "your answers are kept below: look again, then save."
    later: ClassVar[str]
    unknown: ClassVar[str] = NOT_SAVED_HERE
    version: ProtocolVersion | None
    query: str
    way: str = Way.UNKNOWN

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        # To a form, a protocol that is not open says so, and gives back what was typed.
        self.is_sent = request.method == "POST"
        self.shows_all = request.GET.get("all") == "1"

    @property
    def judge(self) -> Judge | None:
        return visitor(self.request).judge

    @property
    def next_url(self) -> str:
        return with_query(reverse(self.next_name), self.query)

    # What a room says ---------------------------------------------------------------------------

    @abstractmethod
    def task(self, sent: Sent = None) -> T:
        """What the address names, with the page that a form *sent* is of. Http404 for nothing."""

    @abstractmethod
    def following(self, after: T | None = None) -> T | None:
        """The next task, not *after* at once; None when nothing is left. May raise NotQualified."""

    def next_page(self, task: T) -> T | None:
        """Another page of the same item; None when this was the last."""
        return None

    @abstractmethod
    def form(self, task: T, **given: Any) -> F:
        """The form of a task; *given* are data or initial values."""

    @abstractmethod
    def seen(self, task: T) -> int:
        """The newest that the judge said of it, which a form must have known."""

    def earlier(self, task: T, undone: uuid.UUID | None) -> dict[str, Any]:
        """The answers that a form starts from: those in force, or of the form just *undone*."""
        return {}

    @abstractmethod
    def context(self, task: T, form: F) -> dict[str, Any]:
        """What the page shows, beside what every judging page does."""

    @abstractmethod
    def around(self) -> dict[str, Any]:
        """What the page shows where nothing is left, or that refuses."""

    @abstractmethod
    def saved_strip(self, task: T | None) -> dict[str, Any] | None:
        """The last saved form, with how to undo it, above *task*."""

    @abstractmethod
    def store(self, task: T, form: F, judge: Judge, check: str) -> Any:
        """Save a form that was found good. May raise Stale and JudgmentRefused.

        Returns what the session keeps of it, if that is not the form's token.
        """

    @abstractmethod
    def pass_by(self, task: T) -> None:
        """Remember that the task was skipped."""

    @abstractmethod
    def take_back(self, judge: Judge, token: uuid.UUID) -> T | str | None:
        """Undo a form and return what it was about, or a sentence about it; None for none.

        May raise Stale where later answers rest on it, and Http404 where it is undone and cannot
        be shown again.
        """

    # The order ----------------------------------------------------------------------------------

    def gate(self, task: T | None = None, *, told: str = "") -> None:
        """Raises Refused where this visitor may not judge *task*, or under the protocol at all."""
        who, why = visitor(self.request), ""
        if task is not None and task.item is not None:
            why = refusal_on(task.item, who.user, who.judge)
        elif self.version is not None:
            why = refusal(self.version.protocol, who.user, who.judge)
        if why:
            raise Refused(why, told)

    def enter(self, sent: Sent = None) -> T:
        """The task that the address names, where this visitor may judge it."""
        self.gate()  # before it tells what it asks about
        task = self.task(sent)
        self.gate(task)
        return task

    @gated
    def serve(self) -> HttpResponse:
        """Send the visitor to the next task, or say that nothing is left."""
        self.gate()
        if self.version is not None and self.judge is None and self.request.user.is_authenticated:
            judge_for(self.request)  # so that it is held for them
        task = self.draw()
        if task is None:
            return self.without_task()
        response = redirect(task.url_of(self.name))
        if self.judge is None:
            remember_in_browser(self.request, response, task.url_of(self.name))
        return response

    def draw(self, after: T | None = None) -> T | None:
        """The next task, remembered as served here, unless it is what they chose, continued."""
        task = self.following(after)
        here = task.url_of(self.name) if task is not None else ""
        goes_on = after is not None and self.way == Way.CHOSEN and here == after.url_of(self.name)
        if here and not goes_on and (self.judge is not None or self.is_sent):
            remember(self.request, here)
        return task

    def way_of(self, task: T) -> str:
        """Whether the site served the task's address to this visitor, or they opened it."""
        here = task.url_of(self.name)
        return Way.SERVED if was_served(self.request, here) else Way.CHOSEN

    @gated
    def page(self) -> HttpResponse:
        """Show a task, or save the form that was sent and bring the next."""
        return self.save() if self.is_sent else self.show(self.enter())

    def save(self) -> HttpResponse:
        """Store a form and bring the next task; whatever is wrong, what was typed stays."""
        task = self.enter(self.request.POST)
        form = self.form(task, data=self.request.POST)
        if not form.is_valid():
            return self.show(task, form, status=422, problem=self.incomplete)
        if why := self.misfit(task, form):
            return self.stale(task, why)
        token = form.cleaned_data["form_token"]
        try:
            check_pace(self.judge)
            check = check_guest(self.request, token, task.item)
        except TooFast as error:
            return self.show(task, form, status=429, problem=error.sentence, again_in=error.seconds)
        except GuestRefused as error:
            return self.show(task, form, status=429, problem=error.sentence, offers_account=True)
        is_served = redeem(self.request, task.url_of(self.name))
        self.way = Way.SERVED if is_served else Way.CHOSEN
        judge = judge_for(self.request, token)
        try:
            kept = self.store(task, form, judge, check)
        except Stale:
            return self.stale(task, self.answered_since)
        except JudgmentRefused as error:
            return self.show(task, form, status=409, problem=str(error))
        forget_draft(judge, task.draft_place)
        self.request.session[self.last_saved] = kept or str(token)
        return self.bring(self.next_page(task) or self.draw(task))

    def misfit(self, task: T, form: F) -> str:
        """Why a valid form is not about what is asked now; empty when it is."""
        return "" if form.cleaned_data["content"] == task.content else self.outdated

    def stale(self, task: T, why: str) -> HttpResponse:
        """409: nothing is stored, all that was typed is kept, and saving again is one step."""
        data = self.request.POST.copy()
        for name, value in self.opening(task).items():
            data[name] = "" if value is None else str(value)
        problem = f"{why} Nothing was overwritten and {self.look_again}"
        return self.show(task, self.form(task, data=data), 409, problem=problem, is_stale=True)

    def opening(self, task: T) -> dict[str, Any]:
        """What makes a form recognisable that is made now, and no second sending of another."""
        return {"form_token": uuid.uuid4(), "seen": self.seen(task), "content": task.content}

    def lease(self, task: T) -> Lease | None:
        """The judge's hold on the item, taken now where there is room."""
        if task.lease is not None or task.item is None or self.judge is None:
            return task.lease
        return queue.lease_on(task.item, self.judge)

    def show(self, task: T, form: F | None = None, status: int = 200, **told: Any) -> HttpResponse:
        """The page of a task, or the fragment that a save swaps in; *told* is for its template."""
        lease, draft = self.lease(task), None
        if form is None:
            draft = draft_at(self.judge, task.draft_place)
            undone = told.get("undone") or token_in(self.request.GET.get("undone", ""))
            initial = {
                **self.earlier(task, undone),
                **words_of(self.judge, undone),
                **typed_in(draft),
                **self.opening(task),
                "lease": lease.token if lease else "",
            }
            form = self.form(task, initial=initial)
        context = {
            "task": task,
            "form": form,
            "lease": lease,
            "draft": draft,
            "saved": self.saved_strip(task),
            "here": task.url_of(self.name),
            "skip_url": task.url_of(f"{self.name}-skip"),
            "draft_url": task.url_of(f"{self.name}-draft"),
            "ahead": serving.held_ahead(lease),
            "unheld": crowd_in_words(self.judge) if task.item and lease is None else "",
            "is_chosen": self.way_of(task) == Way.CHOSEN and not self.seen(task),
            **self.context(task, form),
            **told,
        }
        return self.answer(self.template, context, fragment="item", status=status)

    def answer(self, template: str, context: dict[str, Any], **how: Any) -> HttpResponse:
        """What is sent of a context: a page, or the fragment of it that htmx asks for."""
        return page_or_fragment(self.request, template, context, **how)

    def without_task(self, refused: str = "", **told: Any) -> HttpResponse:
        """Nothing to judge, or not for this visitor: what this is, why, and what to do next."""
        template, fragment = self.refused_page if refused else self.done_page
        # Lazily, since not each of these pages shows the strip.
        saved = SimpleLazyObject(lambda: self.saved_strip(None))
        context = {"saved": saved, "refused": refused, **self.around(), **told}
        response = self.answer(template, context, fragment=fragment, status=403 if refused else 200)
        return push_url(response, self.next_url) if sent_by_htmx(self.request) else response

    def refused(self, why: str, told: str = "", typed: str = "") -> HttpResponse:
        """403 with the reason in place of the task, and nothing of what the task shows."""
        # The header tells the page that this is no error page, which it would keep out.
        return retarget(self.without_task(why, told=told, typed=typed), "#item")

    def bring(self, task: T | None, *, undone: uuid.UUID | None = None) -> HttpResponse:
        """That task, or word that there is none: a fragment for htmx, else by redirect."""
        here = task.url_of(self.name) if task is not None else self.next_url
        if undone is not None:
            here += f"{'&' if '?' in here else '?'}undone={undone}"
        if not sent_by_htmx(self.request):
            return HttpResponseRedirect(here, status=303)
        if task is None:
            return self.without_task()
        self.gate(task)
        return push_url(self.show(task, undone=undone), here)

    @gated
    def skip(self) -> HttpResponse:
        """Pass a task by and bring the next one, never another page of the same."""
        task = self.enter()
        self.pass_by(task)
        return self.bring(self.draw(task))

    @gated
    def undo(self) -> HttpResponse:
        """Take back what a form saved and show it again, if it still may be shown."""
        token = token_in(self.request.POST.get("form_token", ""))
        again: T | str | None = None
        why = self.unknown
        if token is not None and self.judge is not None:
            why = NOT_SAVED_HERE
            try:
                again = self.take_back(self.judge, token)
            except Stale:
                why = self.later
            except Http404:
                again = UNDONE
        if again is not None:
            self.request.session.pop(self.last_saved, None)
        task, told = (None, again) if isinstance(again, str) else (again, UNDONE)
        if again is None:
            told = f"That could not be undone: {why}"
        self.gate(task, told=told)
        if task is not None:
            return self.bring(task, undone=token)
        messages.add_message(self.request, messages.SUCCESS if again else messages.WARNING, told)
        # Only a whole page shows messages.
        return whole_page_at(self.request, self.next_url)

    def draft(self) -> HttpResponse:
        """Keep what is typed and hold the item on; answers with the times of both, as JSON."""
        try:
            task = self.enter(self.request.POST)
        except Refused as error:
            return JsonResponse({"problem": error.why}, status=403)
        token = token_in(self.request.POST.get("form_token", ""))
        return kept_draft(self.request, task.draft_place, task.item, token)


def token_in(text: str) -> uuid.UUID | None:
    """The token of a form that *text* writes; None where it writes none."""
    form = TokenForm({"form_token": text})
    return form.cleaned_data["form_token"] if form.is_valid() else None
