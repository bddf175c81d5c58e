"""The pair page: two outputs and the question, answered by one press."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.middleware.csrf import get_token

from evaluations.common.parameters import whole_number
from evaluations.judgments.answers.blind import has_seen
from evaluations.judgments.items import serving
from evaluations.judgments.items.within import WROTE_IT, wrote
from evaluations.judgments.judges.guest_checks import check_in_words
from evaluations.judgments.loop.order import Loop, Refused, Sent
from evaluations.judgments.models import Comparison, GuestCheck, Judge
from evaluations.judgments.pairs import actions, places
from evaluations.judgments.pairs.forms import PairForm
from evaluations.judgments.pairs.places import PairTask
from evaluations.runs.reading import note_seen, reading

SKIPPED_PAIRS = "skipped_pairs"
WORDS = {"left": "left", "right": "right", "tie": "a tie", "neither": "neither of the two"}


class PairLoop(Loop[PairTask, PairForm]):
    """Judging pairs."""

    template = "judgments/pair.html"
    done_page = refused_page = (template, "item")
    next_name = name = "judge-pair"
    last_saved = "last_pair"
    incomplete = "Press one of the four answers. What you typed is kept."
    outdated = "The question or an output changed after this page was opened."
    answered_since = "You saved or undid a comparison of these two after this page was opened."
    look_again = "your comment is kept below: look again, then answer."
    later = "you compared the same two again since."

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.scope = places.scope_from(request.GET, request.user, also_shut=self.is_sent)
        self.version, self.query = self.scope.version, self.scope.query

    @property
    def salt(self) -> str:
        """Stands, over reloads, for a visitor who has not judged yet: the secret of their forms."""
        get_token(self.request)
        return str(self.request.META["CSRF_COOKIE"])

    def task(self, sent: Sent = None) -> PairTask:
        return self.opened(places.named_task(self.scope, self.request.GET), sent)

    def opened(self, task: PairTask, sent: Sent = None) -> PairTask:
        """The pair as the visitor sees it, or as the form *sent* showed it."""
        sent = sent or {}
        definition = whole_number(sent.get("definition", ""))
        task = places.opened(task, self.judge, self.salt, definition=definition)
        # A guest may have become a judge meanwhile.
        return task.turned if sent.get("left") == str(task.right.pk) else task

    def gate(self, task: PairTask | None = None, *, told: str = "") -> None:
        super().gate(task, told=told)
        if task is not None and wrote(self.judge, [task.left, task.right]):
            raise Refused(WROTE_IT, told)

    def following(self, after: PairTask | None = None) -> PairTask | None:
        skipped = self.request.session.get(SKIPPED_PAIRS, [])
        found = places.next_task(
            self.scope,
            self.judge,
            after=after,
            skipped=[(low, high) for low, high in skipped],
            passed_items=serving.skipped_items(self.request),
            salt=self.salt,
        )
        return self.opened(found) if found is not None else None

    def next_page(self, task: PairTask) -> PairTask | None:
        if task.item is None or not actions.open_definitions(task.item, self.judge):
            return None
        return self.opened(task)

    def form(self, task: PairTask, **given: Any) -> PairForm:
        return PairForm(**given)

    def seen(self, task: PairTask) -> int:
        return actions.latest_comparison_id(self.judge, task.left, task.right)

    def opening(self, task: PairTask) -> dict[str, Any]:
        return super().opening(task) | self.shown(task)

    def misfit(self, task: PairTask, form: PairForm) -> str:
        if any(form.cleaned_data[name] != shown for name, shown in self.shown(task).items()):
            return "This form is about another pair or question."
        return super().misfit(task, form)

    def shown(self, task: PairTask) -> dict[str, int | None]:
        """What a form says of the sides and the question that it was made with."""
        definition = task.page.definition_id
        return {"left": task.left.pk, "right": task.right.pk, "definition": definition}

    def context(self, task: PairTask, form: PairForm) -> dict[str, Any]:
        of_two = self.mine.filter(actions.of_pair(task.left, task.right), is_current=True)
        earlier = of_two.filter(definition_version=task.page.definition).first()
        note_seen(self.request.user, [task.left.prompt])
        return {
            "scope": task.scope,
            "question": task.page,
            "prompt": task.left.prompt,
            "sides": [
                (side, output, reading(output, whole=self.shows_all, masked=True))
                for side, output in (("left", task.left), ("right", task.right))
            ],
            "earlier": earlier,
            "earlier_words": WORDS[earlier.value] if earlier else "",
            "saved_count": self.mine.count(),
            "seen_others": has_seen(self.judge, output__in=task.ids),
        }

    @property
    def mine(self) -> QuerySet[Comparison]:
        """What this judge compared and did not undo."""
        rows = self.judge.comparisons.all() if self.judge else Comparison.objects.none()
        return rows.filter(withdrawn_at=None)

    def around(self) -> dict[str, Any]:
        return {"scope": self.scope, "judged": self.mine.exists()}

    def saved_strip(self, task: PairTask | None) -> dict[str, Any] | None:
        # The pages of its two outputs name model and recipe: linked once neither is shown.
        token = self.request.session.get(self.last_saved)
        last = self.mine.filter(form_token=token).first() if token else None
        if last is None:
            return None
        known = task is None or not {*task.ids} & {last.left_id, last.right_id}
        return {
            "token": token,
            "value": last.value,
            "words": WORDS[last.value],
            "left": last.left_id if known else None,
            "right": last.right_id if known else None,
            "check": check_in_words(last.guest_check),
            "surplus": last.is_surplus and last.guest_check == GuestCheck.COUNTED,
        }

    def store(self, task: PairTask, form: PairForm, judge: Judge, check: str) -> None:
        actions.submit_comparison(
            judge=judge,
            way=self.way,
            left=task.left,
            right=task.right,
            value=form.cleaned_data["value"],
            definition_version=task.page.definition,
            item=task.item,
            guest_check=check,
            masked=task.left.names_model or task.right.names_model,
            **form.said(),
        )

    def pass_by(self, task: PairTask) -> None:
        ids = list(task.ids)
        serving.skip(
            self.request,
            task.item,
            self.judge,
            name=SKIPPED_PAIRS,
            passed=ids,
            way=self.way_of(task),
        )

    def take_back(self, judge: Judge, token: uuid.UUID) -> PairTask | None:
        undone = actions.undo_comparison(judge=judge, form_token=token)
        if undone is None:
            return None
        return self.opened(places.compared_task(undone, self.scope))
