from typing import Any

from django import forms

from evaluations.common.texts.unseen import refuse_hidden
from evaluations.judgments.models import JudgePrompt
from evaluations.judgments.opinions.imports import MOST_BYTES
from evaluations.judgments.opinions.prompts import MOST_BODY
from evaluations.runs.forms import ModelField

MOST_AT_ONCE = 10_000


MOST_SAMPLES = 25


class AskForm(forms.Form):
    """Which model is to judge, in which words, how often, and how much of a protocol at most."""

    model = ModelField()
    prompt = forms.ModelChoiceField(
        JudgePrompt.objects.all(),
        label="Judge prompt",
        required=False,
        empty_label="the site’s own",
        help_text="A prompt of your own makes another judge, and cannot be changed once it is "
        "asked.",
    )
    drawn = forms.BooleanField(
        label="Draw replies at temperature 1, with room for a thought",
        required=False,
        help_text="For several samples, and for models that think first or take no temperature. "
        "Otherwise the most likely reply is taken, up to 512 tokens.",
    )
    samples = forms.IntegerField(
        label="Samples of each",
        min_value=1,
        max_value=MOST_SAMPLES,
        required=False,
        initial=1,
        help_text="Each is stored; together they count as one judgment, by the median of their "
        "known answers to each question.",
    )
    limit = forms.IntegerField(
        label="At most",
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=100,
        help_text="So many pairs of an output and a block of criteria are asked now, in random "
        "order. What was asked before is not asked again.",
    )

    def clean(self) -> dict[str, Any]:
        """Several samples of what is not drawn would all be the same."""
        self.cleaned_data["samples"] = self.cleaned_data.get("samples") or 1
        if self.cleaned_data["samples"] > 1 and not self.cleaned_data.get("drawn"):
            self.add_error("samples", "Several samples have to be drawn: tick that, or ask for 1.")
        return self.cleaned_data


class PromptForm(forms.Form):
    """A wording of one's own for model judges, and the output that shows it."""

    title = forms.CharField(max_length=80, validators=[refuse_hidden])
    body = forms.CharField(
        label="Wording",
        max_length=MOST_BODY,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "true"}),
        help_text="Places in braces are filled in; see below.",
    )
    output = forms.CharField(
        label="Output for the example",
        max_length=18,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 12}),
        help_text="Its number; empty for the newest.",
    )

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["title"]


class ImportForm(forms.Form):
    """Opinions as text, or as a file whose text replaces it."""

    text = forms.CharField(
        label="CSV with a head line, or JSON Lines",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )
    file = forms.FileField(label="Or a file", required=False)

    def clean(self) -> dict[str, Any]:
        sent = self.cleaned_data.get("file")
        if sent is not None:
            if sent.size > MOST_BYTES:
                self.add_error("file", f"It has more than {MOST_BYTES:,} bytes.")
                return self.cleaned_data
            try:
                self.cleaned_data["text"] = sent.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", "It is not UTF-8.")
                return self.cleaned_data
            # What is previewed is what the next press stores.
            self.data = {**self.data, "text": self.cleaned_data["text"]}
        if not self.errors and not (self.cleaned_data.get("text") or "").strip():
            self.add_error("text", "Paste opinions, or choose a file.")
        return self.cleaned_data
