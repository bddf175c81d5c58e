"""What every judging form has: how it is known when it returns, and how it is taken back."""

import uuid
from typing import Any

from django import forms

MAX_IDLE_FREE_SECONDS = 4 * 60 * 60


PERCENT = [("", "not said"), *((str(n), f"{n} %") for n in range(0, 101, 10))]


class ReturningForm(forms.Form):
    """What makes a form recognisable when it returns: `form_token` makes a second sending
    harmless, `seen` and `content` tell whether something changed since the page was made."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    content = forms.CharField(max_length=16, widget=forms.HiddenInput)
    seconds = forms.FloatField(
        required=False, min_value=0, max_value=MAX_IDLE_FREE_SECONDS, widget=forms.HiddenInput
    )
    lease = forms.UUIDField(required=False, widget=forms.HiddenInput)
    comment = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    # A list, since Enter in a text box would press the first button of the form.
    confidence = forms.TypedChoiceField(
        required=False, choices=PERCENT, coerce=int, empty_value=None
    )

    @staticmethod
    def opening(seen: int, content: str) -> dict[str, Any]:
        """Initial values of a form that is shown for the first time."""
        return {"form_token": uuid.uuid4(), "seen": seen, "content": content}


class TokenForm(forms.Form):
    """Names a saved form, to take it back."""

    form_token = forms.UUIDField()
