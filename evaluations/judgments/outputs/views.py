"""One output: what was asked and written, and, once the visitor judged, what others found."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.common.fragments import page_or_fragment
from evaluations.common.lookups import found_or_404
from evaluations.common.throttle import DAY, address_of_the_day, take
from evaluations.judgments.answers.actions import reveal_answers
from evaluations.judgments.answers.marks import marks_on
from evaluations.judgments.answers.reach import reach
from evaluations.judgments.answers.step_labels import step_table
from evaluations.judgments.answers.verdicts import verdicts_on
from evaluations.judgments.items.within import wrote
from evaluations.judgments.judges.visitors import visitor
from evaluations.judgments.models import Answer, Judge, Judgment, Mark, Reveal, WrittenByHand
from evaluations.judgments.outputs.answers import (
    by_criterion,
    counted,
    direct,
    holistic,
    judge_labels,
    verdict_groups,
)
from evaluations.judgments.outputs.forms import MisreadForm, ReportForm
from evaluations.judgments.outputs.marks import evidence, marked_reading
from evaluations.judgments.outputs.reveals import reveal_to
from evaluations.runs.actions import report_output
from evaluations.runs.grades.actions import report_misreading
from evaluations.runs.models import Output, OutputState
from evaluations.runs.reading import note_seen, reading
from evaluations.runs.record.shown import record_of
from evaluations.runs.records import environment_facts

TEMPLATE = "judgments/output.html"
REPORTS_A_DAY = 20
TOO_MANY = f"At most {REPORTS_A_DAY} reports a day can be sent. Please go on tomorrow."


@require_safe
@never_cache
def output(request: HttpRequest, output_id: int) -> HttpResponse:
    """The output's page; only its prompt and text when htmx asks for the rest of a long one."""
    return show(
        request,
        found_or_404(
            Output.objects.to_judge().readable_by(request.user).for_reading().with_first(),
            f"There is no output {output_id}.",
            pk=output_id,
        ),
    )


def is_withdrawn(shown: Output) -> bool:
    return shown.withdrawn_at is not None or shown.run.withdrawn_at is not None


def show(
    request: HttpRequest,
    shown: Output,
    *,
    report: ReportForm | None = None,
    misread: MisreadForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    if is_withdrawn(shown):
        return render(request, TEMPLATE, {"output": shown, "withdrawn": True}, status=410)
    context: dict[str, Any] = {
        "output": shown,
        "written": shown.state == OutputState.DONE,
        "report": report or ReportForm(),
        "report_open": report is not None,
        "misread_open": misread is not None,
        "problem": problem,
        "reference": shown.prompt.reference_for(request.user),
        "address": request.build_absolute_uri(shown.get_absolute_url()),
        "card": request.build_absolute_uri(reverse("output-card", args=[shown.pk])),
    }
    if context["written"]:
        note_seen(request.user, [shown.prompt])
        context["writer"] = writer_of(shown)
        context["is_own"] = wrote(visitor(request).judge, [shown]) if by_people(shown) else False
        context["reading"] = reading(shown, whole=request.GET.get("all") == "1")
        if getattr(request, "htmx", None):
            marks = marks_seen(request, shown)
        else:
            context |= answers_context(request, shown)
            marks = context["marks"]
            context["misread"] = misread or misread_form(shown, judged=context["judged"])
            context["record"] = record_of(shown, request.user)
            context["environment"] = environment_facts(shown.environment)
        context["marked"] = marked_reading(shown, context["reading"], marks)
    return page_or_fragment(request, TEMPLATE, context, fragment="reading", status=status)


def by_people(shown: Output) -> bool:
    """Whether a person wrote it by hand."""
    return shown.run.model.is_people


def writer_of(shown: Output) -> str:
    """The name of the person who wrote an output by hand, if they chose to show it; else empty."""
    if not by_people(shown):
        return ""
    own = WrittenByHand.objects.filter(output=shown, shows_name=True).select_related("judge__user")
    found = own.first()
    return found.judge.user.shown_name if found is not None and found.judge.user else ""


def marks_seen(request: HttpRequest, shown: Output) -> list[Mark]:
    """Marks in a part that comes alone: one's own, and others' once they were shown."""
    who = visitor(request)
    if who.judge is None:
        return []
    revealed = Reveal.objects.filter(judge=who.judge, output=shown).exists()
    if revealed:
        return list(marks_on(shown).filter(reach(shown, who)))
    return list(marks_on(shown, who.judge))


def answers_context(request: HttpRequest, shown: Output) -> dict[str, Any]:
    """Others' answers and the verdicts, for a visitor who judged or asked for them.

    Everybody else gets nothing but the fact that they are hidden. Seeing what others answered
    is recorded, also after one's own judgment, since a later one would not be blind.
    """
    who = visitor(request)
    judged = has_judged(who.judge, shown)
    revealed = who.judge is not None and (
        Reveal.objects.filter(judge=who.judge, output=shown).exists()
    )
    if not (judged or revealed):
        return {"answers_shown": False, "judged": False, "marks": []}
    within = reach(shown, who)
    answers = list(Answer.objects.on(shown).filter(within))
    others = any(who.judge is None or answer.judge_id != who.judge.pk for answer in answers)
    if others and not revealed and who.judge is not None and request.method != "HEAD":
        reveal_answers(judge=who.judge, output=shown)
    labels = judge_labels(answers, who.judge)
    found = verdicts_on(shown, counted(answers, who.judge))
    groups = verdict_groups(found)
    settled = Counter(item.verdict for item in found if item.is_settled)
    marks = list(marks_on(shown).filter(within))
    return {
        "answers_shown": True,
        "judged": judged,
        "seen_others": revealed or others,
        "criteria": by_criterion(answers, labels),
        "direct": direct(answers, labels),
        "holistic": holistic(answers, labels),
        "step_labels": step_table(shown, who.judge, within),
        "marks": marks,
        "evidence": evidence(marks, answers, who.judge),
        "verdict_groups": groups,
        "for": settled["reasoning"],
        "partly": settled["partly"],
        "against": settled["not-reasoning"],
        "lines": [
            (
                name,
                [
                    {
                        "verdict": item.verdict,
                        "label": item.version.definition.name,
                        "href": reverse("definition", args=[item.version.definition.slug]),
                    }
                    for item in verdicts
                ],
            )
            for name, verdicts in groups
        ],
        "judges": len(labels),
    }


def has_judged(judge: Judge | None, shown: Output) -> bool:
    """Whether a judgment of this output by this judge stands."""
    if judge is None:
        return False
    return Judgment.objects.standing().filter(judge=judge, output=shown).exists()


def readable(request: HttpRequest, output_id: int) -> Output:
    """A written output that nobody withdrew and the visitor may read, or a 404."""
    return found_or_404(
        Output.objects.written().readable_by(request.user).for_reading().with_first(),
        f"There is no output {output_id}.",
        pk=output_id,
    )


@require_POST
def reveal(request: HttpRequest, output_id: int) -> HttpResponse:
    """Show others' answers, and record it: judgments made after that are not blind."""
    shown = readable(request, output_id)
    if problem := reveal_to(request, [shown]):
        return show(request, shown, problem=problem, status=429)
    return HttpResponseRedirect(f"{shown.get_absolute_url()}#verdicts", status=303)


@require_POST
def report(request: HttpRequest, output_id: int) -> HttpResponse:
    """Tell the moderators about an output; whatever is wrong, what was typed stays."""
    shown = readable(request, output_id)
    form = ReportForm(request.POST)
    if not form.is_valid():
        return show(request, shown, report=form, status=422)
    if not may_report(request):
        return show(request, shown, report=form, problem=TOO_MANY, status=429)
    report_output(
        output=shown,
        reason=form.cleaned_data["reason"],
        text=form.cleaned_data["text"],
        reporter=request.user if request.user.is_authenticated else None,
    )
    messages.success(request, "Thank you. The moderators will look at this output.")
    return HttpResponseRedirect(f"{shown.get_absolute_url()}#messages", status=303)


def misread_form(shown: Output, *, judged: bool) -> MisreadForm | None:
    """The form of who judged an output that was graded, to say that it was read wrongly."""
    grade = shown.grade
    if not judged or grade is None or grade.grader_version is None:
        return None
    return MisreadForm(initial={"grade": grade.pk})


@require_POST
def misread(request: HttpRequest, output_id: int) -> HttpResponse:
    """Say that what was graded is not the answer; only for who judged the output."""
    shown = readable(request, output_id)
    form, grade = MisreadForm(request.POST), shown.grade
    if not has_judged(visitor(request).judge, shown):
        return show(request, shown, problem="Judge this output first.", status=403)
    if not form.is_valid():
        return show(request, shown, misread=form, status=422)
    if grade is None or grade.pk != form.cleaned_data["grade"]:
        problem = "It was graded anew meanwhile. Look at the new grade first."
        again = MisreadForm({**form.cleaned_data, "grade": grade and grade.pk})
        return show(request, shown, misread=again, problem=problem, status=409)
    if not may_report(request):
        return show(request, shown, misread=form, problem=TOO_MANY, status=429)
    report_misreading(
        grade=grade,
        answer=form.cleaned_data["answer"],
        reporter=request.user if request.user.is_authenticated else None,
    )
    messages.success(request, "Thank you. Those who look after graders will see it.")
    return HttpResponseRedirect(f"{shown.get_absolute_url()}#messages", status=303)


def may_report(request: HttpRequest) -> bool:
    """Whether the visitor has a report left for today; takes it."""
    user = request.user
    who = f"user:{user.pk}" if user.is_authenticated else address_of_the_day(request)
    return take(f"reports:{who}", capacity=REPORTS_A_DAY, refill_seconds=DAY)


@require_safe
def output_text(request: HttpRequest, output_id: int) -> HttpResponse:
    """The whole text as the model wrote it, as plain text that no browser takes for a page."""
    shown = found_or_404(
        Output.objects.to_judge()
        .readable_by(request.user)
        .select_related("run", "prompt__prompt_set"),
        f"There is no output {output_id}.",
        pk=output_id,
    )
    if is_withdrawn(shown):
        return plain("This output was withdrawn.\n", shown, status=410)
    if shown.state != OutputState.DONE:
        raise Http404("This output has no text: it is not written.")
    note_seen(request.user, [shown.prompt])
    return plain(shown.text, shown)


def plain(text: str, shown: Output, status: int = 200) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = f'inline; filename="output-{shown.pk}.txt"'
    return response
