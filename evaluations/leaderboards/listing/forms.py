"""The fields by which outputs are found: what each is, what is in it, what definitions say."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest

from evaluations.common.parameters import named
from evaluations.leaderboards.boards.forms import one_of, question_from
from evaluations.leaderboards.boards.pages import versions_in_force
from evaluations.leaderboards.boards.standings import VERDICT_ORDER
from evaluations.leaderboards.listing.outputs import NOT_ASKED, Asked, Filters
from evaluations.runs.models import Visibility

MOST_WORDS = 200
VERDICTS = {
    "": "any",
    **{word: word.replace("-", " ") for word in VERDICT_ORDER},
    NOT_ASKED: "not asked in full",
}
JUDGED = {"": "all", "yes": "judged", "no": "not judged yet"}
TRACES = {"": "all", **dict(Visibility.choices)}
SIDES = (("definition", "verdict"), ("second", "second_verdict"))
"""The fields of each definition: which one, and what it says."""


class FilterForm(forms.Form):
    """What is asked of outputs, beside what a board's address asks."""

    words = forms.CharField(
        required=False,
        max_length=MOST_WORDS,
        label="Words in it",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    trace = one_of("trace", TRACES, "Visible working")
    judged = one_of("judged", JUDGED, "Judged")
    definition = forms.CharField(required=False, label="Definition", widget=forms.Select)
    verdict = one_of("verdict", VERDICTS, "Its verdict")
    second = forms.CharField(required=False, label="Second definition", widget=forms.Select)
    second_verdict = one_of("second_verdict", VERDICTS, "Its verdict")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "%s"

    @property
    def without_definition(self) -> list[str]:
        """Definitions that are missing although a verdict is chosen; call after `is_valid`."""
        sent = self.cleaned_data
        return [which for which, verdict in SIDES if sent[verdict] and not sent[which]]

    def offer(self, definitions: Mapping[str, str]) -> None:
        """Make these the definitions to choose from: slug to name."""
        choices = [("", "none"), *definitions.items()]
        for which, _ in SIDES:
            widget = self.fields[which].widget
            assert isinstance(widget, forms.Select)
            widget.choices = choices


def filters_from(request: HttpRequest) -> tuple[Filters, FilterForm]:
    """What the address asks. Three queries for definitions, and those of `question_from`.

    Raises:
        Http404: for a value that is no choice, with a sentence that lists the choices, and for a
            name that does not exist.
        Unreadable: for a day that is none.
    """
    question = question_from(request.GET, request, with_people=True)
    sent = {name: named(request.GET, name) for name in FilterForm.base_fields}
    sent["words"] = sent["words"].strip()[:MOST_WORDS]
    form = FilterForm(sent)
    if not form.is_valid():
        raise Http404(next(iter(form.errors.values()))[0])
    chosen = [(sent[which], sent[verdict]) for which, verdict in SIDES if sent[which]]
    versions = versions_in_force([slug for slug, _ in chosen])
    asked = tuple(Asked(versions[slug], verdict) for slug, verdict in chosen)
    return Filters(question, asked, sent["words"], sent["trace"], sent["judged"]), form
