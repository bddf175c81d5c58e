"""The judging page: an output with its questions."""

import uuid
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.functional import SimpleLazyObject

from evaluations.common.lookups import found_or_404
from evaluations.common.throttle import DAY, address_of_the_day, take
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.answers import actions
from evaluations.judgments.answers.skips import take_back_skip
from evaluations.judgments.answers.staleness import judgments_about, latest_judgment_id
from evaluations.judgments.answers.suggestions import suggestion_for
from evaluations.judgments.items import pages, queue, repeats, serving
from evaluations.judgments.items.claims import count_left
from evaluations.judgments.items.pages import OutputTask
from evaluations.judgments.items.questions import Questions, next_output, questions_from
from evaluations.judgments.items.within import WROTE_IT, wrote
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.judging import beside
from evaluations.judgments.judging.forms import JudgmentForm, SkipForm
from evaluations.judgments.loop.order import Loop, Refused, Sent, gated
from evaluations.judgments.models import Judge, Lease, Way
from evaluations.judgments.protocols.reading import Listed, open_to
from evaluations.runs.models import Output
from evaluations.runs.reading import note_seen, reading


def output_or_404(request: HttpRequest, output_id: int | None) -> Output:
    """An output that the visitor can judge, or a 404 that says what is missing."""
    outputs = Output.objects.written().readable_by(request.user).for_judging()
    return found_or_404(outputs, f"There is no output {output_id} to judge.", pk=output_id)


def example_from(questions: Questions) -> CriterionVersion | None:
    """The first question that has an example to which the answer is yes."""
    return next((it for it in questions.wordings if it.positive_example), None)


class OutputLoop(Loop[OutputTask, JudgmentForm]):
    """Judging outputs."""

    template = "judgments/judge.html"
    done_page = ("judgments/done.html", "done")
    refused_page = ("judgments/refused.html", "refused")
    next_name = "judge-next"
    name = "judge"
    last_saved = beside.LAST_SAVED
    outdated = "The questions or the output changed after this page was opened."
    answered_since = "You saved or undid a judgment of this output after this page was opened."
    later = "you saved newer answers to the same questions, or a later page about the same output."
    unknown = "this browser holds no saved judgment by that name."

    def __init__(self, request: HttpRequest, output_id: int | None = None) -> None:
        super().__init__(request)
        self.output = output_or_404(request, output_id) if output_id is not None else None
        self.version = pages.version_asked(request.GET, request.user, also_shut=self.is_sent)

    @property
    def in_round(self) -> bool:
        return self.version is not None and self.version.protocol.is_round

    @property
    def judge(self) -> Judge | None:
        found = super().judge
        if found is not None and self.in_round:
            found.address = ""  # people of a round may sit behind one: it holds no items for all
        return found

    @cached_property
    def questions(self) -> Questions:
        """What the address asks, before any page of an item is open."""
        version = self.version
        return pages.asked_by(version) if version else questions_from(self.request.GET)

    @property
    def next_url(self) -> str:
        self.query = self.questions.query
        return super().next_url

    def task(self, sent: Sent = None) -> OutputTask:
        address, output, version = self.request.GET, self.output, self.version
        page, again = address.get("page", ""), address.getlist("again")
        if self.questions.is_call and not beside.has_judged(self.judge, output):
            # The criteria first: with them the same question is asked, and can be left open.
            address, version = QueryDict(""), pages.version_asked(QueryDict(""), self.request.user)
        if sent is not None:
            # What it answers is asked all the same, as when it was made.
            page, again = sent.get("page", ""), [it.removeprefix("answer-") for it in sent]
        assert output is not None, "a task has the address of an output"
        if version and version.protocol.is_default and pages.item_of(version, output) is None:
            queue.fill_items(version)
        return pages.task_from(address, version, output, self.judge, page=page, again=again)

    def gate(self, task: OutputTask | None = None, *, told: str = "") -> None:
        super().gate(task, told=told)
        if task is not None and wrote(self.judge, [task.output]):
            raise Refused(WROTE_IT, told)

    def following(self, after: OutputTask | None = None) -> OutputTask | None:
        version = after.version if after is not None else self.version
        if version is None:
            questions = after.questions if after is not None else self.questions
            if questions.called:
                questions = replace(questions, called="", offers_call=True)
            output = next_output(self.judge, questions, after=after.output.pk if after else None)
            if output is None:
                return None
            return OutputTask(output, pages.unless_called(questions, output, self.judge))
        past = repeats.due(version, self.judge) if self.judge is not None else None
        last = after.item if after is not None else None
        # One that was skipped is left alone: what is drawn stays until something is saved.
        if past and past.item and not (after and after.is_repeat and last == past.item):
            output = Output.objects.for_judging().get(pk=past.output_id or 0)
            return pages.repeat_on(past.item, output, self.judge, past.page)
        item, lease = serving.next_item(version, self.judge, after=last)
        if item is None:
            return None
        output = Output.objects.for_judging().get(pk=item.output_id or 0)
        return pages.task_on(item, output, self.judge, lease=lease)

    def next_page(self, task: OutputTask) -> OutputTask | None:
        if task.item is None or task.finishes or task.is_repeat:
            return None
        return pages.task_on(task.item, task.output, self.judge)

    def lease(self, task: OutputTask) -> Lease | None:
        return super().lease(task) if not task.is_repeat else None

    def form(self, task: OutputTask, **given: Any) -> JudgmentForm:
        return JudgmentForm(task.questions, task.output, **given)

    def seen(self, task: OutputTask) -> int:
        return latest_judgment_id(self.judge, task.output)

    def earlier(self, task: OutputTask, undone: uuid.UUID | None) -> dict[str, Any]:
        return beside.earlier_answers(self.judge, task, undone=undone)

    def context(self, task: OutputTask, form: JudgmentForm) -> dict[str, Any]:
        note_seen(self.request.user, [task.output.prompt])
        suggested = None
        if task.version is not None and not task.is_repeat:
            wordings = task.questions.wordings
            suggested = suggestion_for(task.version, self.judge, task.output, wordings)
        arm = "" if suggested is None else ("shown" if suggested.shown else "hidden")
        if not form.is_bound:
            form.initial.update(arm=arm, page=task.questions.page)
        elif form.data.get("arm", "") != arm:
            # A form that comes back stays in the arm in which it was opened.
            suggested = None
        answers = suggested.answers if suggested else {}
        whole = self.shows_all or bool(task.questions.steps)
        number, total = beside.place_of(self.judge, task)
        return {
            "skipped": self.skipped_before(task),
            "number": number,
            "total": total,
            "answered": sum(bool(form[name].value()) for name in form.asked),
            "example": example_from(task.questions),
            "output": task.output,
            "reading": reading(task.output, whole=whole, masked=True),
            "questions": task.questions,
            "saved_count": beside.saved_count(self.judge),
            "pace": beside.pace(self.judge),
            "seen_others": beside.seen_others(self.judge, task),
            "answered_under": beside.answered_under(self.judge, task),
            "latest": judgments_about(self.judge, task.output),
            "suggestion": suggested,
            "criteria": [
                (wording, field, answers.get(wording.criterion.key, ""))
                for wording, field in form.criteria
            ],
        }

    def around(self) -> dict[str, Any]:
        outputs = Output.objects.finished()
        return {
            "skipped": self.skipped_before(None),
            "version": self.version,
            "questions": self.questions,
            "outputs": outputs,
            "is_all_done": self.is_all_done,
            "open_protocols": SimpleLazyObject(self.open_protocols),
        }

    def is_all_done(self) -> bool:
        """Whether the protocol has nothing that this judge did not do, be it held or full."""
        return self.version is not None and not count_left(self.version, self.judge)[0]

    def open_protocols(self) -> list[tuple[Listed, int]]:
        return open_to(visitor(self.request).user, self.judge, beside=self.version)

    def saved_strip(self, task: OutputTask | None) -> dict[str, Any] | None:
        now = task.output if task is not None else None
        return beside.saved_strip(self.request, visitor(self.request), now)

    def store(self, task: OutputTask, form: JudgmentForm, judge: Judge, check: str) -> Any:
        sent = form.cleaned_data
        served = actions.Served(
            item=task.item,
            page=task.questions.page,
            position=None if task.is_repeat else task.number,
            finishes=task.finishes,
            masked=task.output.names_model,
            suggestion_shown={"shown": True, "hidden": False}.get(sent["arm"]),
            guest_check=check,
            is_repeat=task.is_repeat,
            # A call is as served as what they answered of the output before; and what a round
            # draws, its owner chose.
            way=Way.CHOSEN if task.questions.is_call or self.in_round else self.way,
        )
        actions.submit_judgment(
            judge=judge,
            output=task.output,
            answers=form.answers(),
            direct=form.direct(),
            holistic=sent.get("answer-holistic", ""),
            leaves_open=form.leaves_open,
            marks=sent["marks"],
            steps=form.step_answers(),
            served=served,
            **form.said(),
        )
        # Once the item is finished, the strip above the next output tells what it comes to.
        complete = task.item is None or task.finishes or task.is_repeat
        return str(sent["form_token"]), task.output.pk, complete

    def pass_by(self, task: OutputTask) -> None:
        if task.is_repeat:
            return
        self.request.session[beside.LAST_SKIPPED] = task.url_of("judge-unskip")
        if not (self.request.user.is_authenticated or self.in_round) and not take(
            f"guest-skips:{address_of_the_day(self.request)}",
            capacity=settings.GUEST_JUDGMENTS_A_DAY,
            refill_seconds=DAY,
        ):
            # Nothing is lost by not remembering it: the next output comes all the same.
            return
        form = SkipForm(self.request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        judge = judge_for(self.request)
        actions.skip_output(
            judge=judge,
            output=task.output,
            item=task.item,
            reason=reason,
            way=Way.CHOSEN if self.in_round else self.way_of(task),
        )

    def skipped_before(self, task: OutputTask | None) -> str:
        """Where the skip just made is taken back; told once, and empty after anything else."""
        here: str = self.request.session.pop(beside.LAST_SKIPPED, "")
        return "" if task is not None and here == task.url_of("judge-unskip") else here

    @gated
    def unskip(self) -> HttpResponse:
        """Show again what was passed by, as if it had not been."""
        task = self.enter()
        self.request.session.pop(beside.LAST_SKIPPED, None)
        if self.judge is not None:
            take_back_skip(judge=self.judge, output=task.output, item=task.item)
        return self.bring(self.task())

    def take_back(self, judge: Judge, token: uuid.UUID) -> OutputTask | str | None:
        said = judge.judgments.filter(form_token=token).order_by("id").first()
        last, output_id, _ = beside.last_saved(self.request)
        judged = actions.undo_judgment(judge=judge, form_token=token)
        if judged is None and last != str(token):
            return None
        if said is not None and said.is_repeat:
            return "Undone: your first answers were in force all the time."
        address = self.request.GET.copy()
        address.pop("repeat", None)  # of the page above which the strip stands
        output = output_or_404(self.request, judged.pk if judged is not None else output_id)
        return pages.task_from(address, self.version, output, judge, page=said.page if said else "")
