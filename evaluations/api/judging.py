"""Judging outputs by key: the page's own loop, which sends as JSON what the page would show.

Nothing is asked, masked, held or stored here: what a task tells is taken from the page's context,
and only what its template sends of it.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from ninja import Field, Router

from evaluations.api.problems import Problem, places, problem
from evaluations.api.records import Id, Key, Moment, Sent, record, several
from evaluations.judgments.items.pages import OutputTask
from evaluations.judgments.items.questions import HOLISTIC_QUESTION, Questions
from evaluations.judgments.judges.visitors import judge_for
from evaluations.judgments.judging.page import OutputLoop
from evaluations.judgments.loop.order import gated
from evaluations.judgments.models import Subject

router = Router(tags=["Judging"])
Value = Literal["yes", "partly", "no", "cannot-tell"]
DIRECT, HOLISTIC = "direct", "holistic"
WHERE = ("protocol", "block", "direct")
KEPT = ("form_token", "seen", "content", "lease", "page", "arm")
"""Fields of the form that only have to come back."""
SITE_ALONE = "This asks about pairs or prompts, which are judged on the site alone."

Question = record("Question", ("key", "question", "guidance", "suggested"), optional=bool)
Step = record("ShownStep", (), index=int, start=int, text=str)
Form = record("Form", ("asked", *KEPT), seen=int)
Task = record(
    "Task", ("title", "prompt", "answer", "trace_visibility", "stop_reason", "statement",
    "statement_source", "labels", "unheld", "not_blind"), output=int, page=int, pages=int,
    number=int, total=int, steps=several(Step), masked=bool, questions=several(Question),
    known=dict[str, str], asks_confidence=bool, asks_agreement=bool, chosen=bool,
    held_until=Moment, form=Form,
)  # fmt: skip
Served = record("Served", ("told",), saved=bool, task=Task | None)


class Draw(Sent):
    """What to be asked: nothing for the default protocol, or what an address of the page names."""

    protocol: str = ""
    block: str = ""
    direct: str = Field("", description="A definition, whose wording is asked about")
    criteria: list[str] = Field([], max_length=50)


class Marked(Sent):
    part: str
    start: int
    end: int
    criterion: str = ""


class Kept(Sent):
    """The `form` of a task, as it came."""

    asked: str = Field(max_length=4000)
    form_token: uuid.UUID
    seen: int
    content: str
    lease: str = ""
    page: str = ""
    arm: str = ""


class Said(Sent):
    """Answers to a task. `both` repeats what a refusal gave, to keep answers that clash."""

    output: Id
    form: Kept
    answers: dict[str, Value] = Field({}, description="By the keys of the task’s questions")
    marks: list[Marked] = Field([], max_length=500)
    roles: dict[int, str] = Field({}, description="Roles of steps, by index")
    correct: dict[int, Literal[-1, 0, 1]] = Field({}, description="Of steps, by index")
    first_error: int | Literal["none"] | None = None
    segmentation: int | None = None
    confidence: int | None = Field(None, ge=0, le=100)
    expected_agreement: int | None = Field(None, ge=0, le=100)
    seconds: float | None = Field(None, ge=0, le=14400)
    words: str = Field("", max_length=300)
    reason: str = Field("", max_length=4000)
    comment: str = Field("", max_length=4000)
    both: str = Field("", max_length=2000)

    def fields(self) -> dict[str, Any]:
        """The same as the page's form sends it."""
        plain = ("confidence", "expected_agreement", "seconds", "words", "reason", "comment",
                 "both", "segmentation")  # fmt: skip
        found = {name: getattr(self, name) for name in plain}
        found |= {name: getattr(self.form, name) for name in KEPT}
        found |= {f"answer-{key}": value for key, value in self.answers.items()}
        found |= {f"role-{index}": role for index, role in self.roles.items()}
        found |= {f"correct-{index}": value for index, value in self.correct.items()}
        found |= {"first-error": self.first_error}
        found |= {"marks": json.dumps([mark.dict() for mark in self.marks]) if self.marks else ""}
        return {name: str(value) for name, value in found.items() if value is not None}


class ApiLoop(OutputLoop):
    """The page's loop for one request of a key, whose answers are JSON."""

    def __init__(
        self, request: HttpRequest, asked: str, sent: Mapping[str, Any], output: int | None = None
    ) -> None:
        if "%00" in asked:
            raise Problem(404, "What is asked holds the character NUL, which no name has.")
        request.GET = QueryDict(asked)  # as the page's address says it
        request.POST = QueryDict(urlencode(sent))
        super().__init__(request, output)
        self.shows_all = True
        self.is_saved = False

    @gated
    def serve(self) -> HttpResponse:
        self.gate()
        about = self.version.subject if self.version is not None else Subject.OUTPUT
        if about != Subject.OUTPUT or (self.version is None and not asks_of_output(self.questions)):
            raise Problem(422, SITE_ALONE)
        judge_for(self.request)  # so that it is held for them
        return self.bring(self.draw())

    def bring(self, task: OutputTask | None, *, undone: uuid.UUID | None = None) -> HttpResponse:
        if task is None:
            return self.without_task()
        self.gate(task)
        return self.show(task)

    def store(self, *args: Any) -> Any:
        kept = super().store(*args)
        self.is_saved = True
        return kept

    def refused(self, why: str, told: str = "", typed: str = "") -> HttpResponse:
        if self.is_saved:  # and may not go on: what was sent is stored
            return self.without_task()
        return problem(403, why)

    def answer(self, template: str, context: dict[str, Any], **how: Any) -> HttpResponse:
        task, form = context.get("task"), context.get("form")
        if how["status"] != 200:
            return refusal_of(how["status"], context)
        told = None if task else "Nothing is left to judge here."
        said = task_record(context, task, form) if task else None
        return JsonResponse({"saved": self.is_saved, "told": told, "task": said})


def refusal_of(status: int, context: Mapping[str, Any]) -> HttpResponse:
    """Why a form was not stored, with the form to send again where it is another one now."""
    form, task = context["form"], context["task"]
    why = context.get("problem") or " ".join(form.non_field_errors()) or "Some answers are missing."
    named = {name.removeprefix("answer-"): found for name, found in form.errors.items()}
    more: dict[str, Any] = {"errors": places(named)} if named else {}
    if both := form.data.get("both"):
        more["both"] = both
    if context.get("is_stale"):
        more["form"] = form_record(task, form)
    return problem(status, why, again_in=context.get("again_in"), **more)


def form_record(task: OutputTask, form: Any) -> dict[str, Any]:
    kept = {name: form[name].value() for name in KEPT}
    said = {name: "" if value is None else str(value) for name, value in kept.items()}
    return {**said, "asked": task.questions.query, "seen": int(kept["seen"] or 0)}


def task_record(context: Mapping[str, Any], task: OutputTask, form: Any) -> dict[str, Any]:
    """What the page shows of a task, and nothing else that its context holds."""
    asked, shown = task.questions, context["reading"]
    definition = asked.definition
    source = None
    if definition is not None and asked.shows_source:
        origin = definition.origin
        told = (definition.definition.name, origin.author, origin.year, origin.source)
        source = ", ".join(str(part) for part in told if part)
    lease = context["lease"]
    return {
        "output": task.output.pk,
        "title": asked.title,
        "page": task.number,
        "pages": task.pages,
        "number": context["number"],
        "total": context["total"],
        "prompt": task.output.prompt.text,
        "steps": [{"index": it.index, "start": it.start, "text": it.text} for it in shown.steps],
        "answer": shown.answer,
        "masked": shown.masked,
        "trace_visibility": task.output.trace_visibility or None,
        "stop_reason": task.output.stop_reason or None,
        "statement": definition.statement if definition else None,
        "statement_source": source,
        "questions": questions_of(context["criteria"], asked, form),
        "known": {wording.criterion.key: value for wording, value in asked.known},
        "labels": asked.steps or None,
        "asks_confidence": asked.asks_confidence,
        "asks_agreement": asked.asks_agreement,
        "chosen": bool(context["is_chosen"]),
        "not_blind": context["seen_others"] or None,
        "unheld": context["unheld"] or None,
        "held_until": lease.expires_at.isoformat() if lease else None,
        "form": form_record(task, form),
    }


def questions_of(criteria: Any, asked: Questions, form: Any) -> list[dict[str, Any]]:
    found = [
        {
            "key": wording.criterion.key,
            "question": wording.question,
            "guidance": wording.guidance or None,
            "suggested": suggested or None,
            "optional": False,
        }
        for wording, _, suggested in criteria
    ]
    for key, is_asked, optional in (
        (DIRECT, asked.is_direct, False),
        (HOLISTIC, asked.is_holistic or asked.offers_call, asked.offers_call),
    ):
        if is_asked:
            question = HOLISTIC_QUESTION if key == HOLISTIC else form.fields["answer-direct"].label
            found.append({"key": key, "question": question, "guidance": None, "suggested": None,
                          "optional": optional})  # fmt: skip
    return found


@router.post("/queue/next", response=Served, auth=Key("judge"),
             summary="The next output to judge, held for you a while")  # fmt: skip
def queue_next(request: HttpRequest, sent: Draw) -> Any:
    asked = {name: said for name in WHERE if (said := getattr(sent, name))}
    asked |= {"criteria": ",".join(sent.criteria)} if sent.criteria else {}
    return ApiLoop(request, urlencode(asked), {}).serve()


def asks_of_output(asked: Questions) -> bool:
    """Whether it asks anything of an output."""
    return not asked.wordings or bool(asked.about_output)


@router.post("/judgments", response=Served, auth=Key("judge"),
             summary="Save the answers to a task, and be served the next")  # fmt: skip
def judgments(request: HttpRequest, sent: Said) -> Any:
    return ApiLoop(request, sent.form.asked, sent.fields(), sent.output).page()
