"""What somebody sends from the page on which they answer."""

from typing import Any

from django import forms

from evaluations.judgments.by_hand.prompts import shows_working
from evaluations.judgments.models import Writing

LONGEST_WORKING, LONGEST_ANSWER = 20_000, 2_000


class ConsentForm(forms.Form):
    agree = forms.BooleanField(
        label="I agree: what I write here is published under CC BY 4.0 and judged.",
        error_messages={"required": "Tick this to go on, or leave the page: nothing is kept."},
    )


class HandForm(forms.Form):
    """An answer, with the working where the prompt asks for it. Unbound it holds the draft."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    working = forms.CharField(
        label="Your working",
        max_length=LONGEST_WORKING,
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": "Write your working too: it is what this prompt asks you for."},
    )
    answer = forms.CharField(
        label="Your answer",
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write your answer before you send it."},
    )
    shows_name = forms.BooleanField(
        required=False,
        label="Show my name beside it",
        help_text="To readers of its page alone, never to judges. You can change it later.",
    )

    def __init__(self, writing: Writing, data: Any = None) -> None:
        kept = {"token": writing.token, "working": writing.working, "answer": writing.answer}
        super().__init__(data, initial=kept)
        if not shows_working(writing.recipe):
            del self.fields["working"]


class DraftForm(forms.Form):
    """The same while it is written: whatever is there is kept."""

    token = forms.UUIDField()
    working = forms.CharField(required=False, max_length=LONGEST_WORKING)
    answer = forms.CharField(required=False, max_length=LONGEST_ANSWER)


class OwnForm(forms.Form):
    """Names a text of one's own, or all of them, and what becomes of it."""

    DOES = ("take-back", "show-name", "hide-name", "withdraw")

    output = forms.IntegerField(required=False)
    do = forms.ChoiceField(choices=[(it, it) for it in DOES])
