"""The prompt page: a prompt alone, its criteria asked once."""

import uuid
from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from evaluations.common.lookups import found_or_404
from evaluations.judgments.about_prompts import actions, serving
from evaluations.judgments.about_prompts.serving import PromptTask
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.answers.blind import has_seen
from evaluations.judgments.items.serving import skip, skipped_items
from evaluations.judgments.judges.guest_checks import check_in_words
from evaluations.judgments.loop.forms import CriteriaForm
from evaluations.judgments.loop.order import Loop, Sent
from evaluations.judgments.models import Answer, GuestCheck, Judge, Judgment
from evaluations.prompts.models import Prompt

SKIPPED_PROMPTS = "skipped_prompts"


class PromptLoop(Loop[PromptTask, CriteriaForm]):
    """Judging prompts."""

    template = "judgments/prompt.html"
    done_page = refused_page = (template, "item")
    next_name = "judge-prompt-next"
    name = "judge-prompt"
    last_saved = "last_prompt"
    outdated = "The questions changed after this page was opened."
    answered_since = "You saved or undid answers about this prompt after this page was opened."
    later = "you saved newer answers to the same questions."

    def __init__(self, request: HttpRequest, slug: str = "") -> None:
        super().__init__(request)
        self.slug = slug
        self.asked = serving.about_prompts_from(request.GET, request.user, also_shut=self.is_sent)
        self.version, self.query = self.asked.version, self.asked.query

    def task(self, sent: Sent = None) -> PromptTask:
        readable = Prompt.objects.to_answer().readable_by(self.request.user)
        missing = f"There is no prompt “{self.slug}” to judge."
        return serving.task_on(self.asked, found_or_404(readable, missing, slug=self.slug))

    def following(self, after: PromptTask | None = None) -> PromptTask | None:
        return serving.next_task(
            self.asked,
            self.judge,
            after=after,
            skipped=self.request.session.get(SKIPPED_PROMPTS, []),
            passed_items=skipped_items(self.request),
        )

    def form(self, task: PromptTask, **given: Any) -> CriteriaForm:
        return CriteriaForm(self.asked.wordings, **given)

    def seen(self, task: PromptTask) -> int:
        return actions.latest_about_prompt(self.judge, task.prompt)

    def earlier(self, task: PromptTask, undone: uuid.UUID | None) -> dict[str, Any]:
        # Also what was answered with an output of this prompt.
        mine = Answer.objects.given(self.judge, undone).filter(prompt=task.prompt)
        rows = mine.to(self.asked.wordings) if self.judge else Answer.objects.none()
        return {f"answer-{row.criterion.key}": row.value for row in rows if row.criterion}

    def context(self, task: PromptTask, form: CriteriaForm) -> dict[str, Any]:
        mine = self.judge.judgments.standing().filter(prompt__isnull=False) if self.judge else None
        count = mine.values("prompt").distinct().count() if mine is not None else 0
        return {
            "prompt": task.prompt,
            "asked": self.asked,
            "saved_count": count,
            "seen_others": has_seen(self.judge, output__prompt=task.prompt),
        }

    def around(self) -> dict[str, Any]:
        listed = Prompt.objects.listed()
        return {"asked": self.asked, "any_prompts": listed.exists()}

    def saved_strip(self, task: PromptTask | None) -> dict[str, Any] | None:
        """The last saved form about a prompt, and the token that undoes it."""
        token = self.request.session.get(self.last_saved)
        if not token or self.judge is None:
            return None
        saved = self.judge.judgments.standing().filter(form_token=token, prompt__isnull=False)
        last: Judgment | None = saved.select_related("prompt__prompt_set").first()
        if last is None or last.prompt is None:
            return None
        if not last.prompt.prompt_set.may_be_read_by(self.request.user):
            return None
        return {
            "token": token,
            "prompt": last.prompt,
            "check": check_in_words(last.guest_check),
            "surplus": last.is_surplus and last.guest_check == GuestCheck.COUNTED,
        }

    def store(self, task: PromptTask, form: CriteriaForm, judge: Judge, check: str) -> None:
        served = Served(guest_check=check, way=self.way)
        if task.item is not None:
            served = replace(served, item=task.item, page="prompt", position=1, finishes=True)
        actions.submit_about_prompt(
            judge=judge, prompt=task.prompt, answers=form.answers(), served=served, **form.said()
        )

    def pass_by(self, task: PromptTask) -> None:
        slug = task.prompt.slug
        way = self.way_of(task)
        skip(self.request, task.item, self.judge, name=SKIPPED_PROMPTS, passed=slug, way=way)

    def take_back(self, judge: Judge, token: uuid.UUID) -> PromptTask | None:
        undone = actions.undo_about_prompt(judge=judge, form_token=token)
        if undone is None or undone.prompt is None:
            return None
        return serving.task_on(self.asked, undone.prompt)
