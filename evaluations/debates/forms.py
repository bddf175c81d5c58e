"""What people write in a debate."""

from typing import Any

from django import forms

from evaluations.common.parameters import whole_number
from evaluations.debates.choices import LEAST_TEXT, MOST_TEXT, Kind, Reply, Role
from evaluations.debates.claims import EvidenceDraft, written_output
from evaluations.judgments.models import Part


class EvidenceForm(forms.Form):
    """An output and what it shows; `draft` once it is valid, None where none is named."""

    output = forms.CharField(
        label="The output that shows it",
        max_length=200,
        help_text="Its number or address. Naming it opens what others found of it to you, which is "
        "recorded: judge it first, if you want your own answer to count as blind.",
    )
    role = forms.ChoiceField(label="What it shows", choices=[("", "Choose"), *Role.choices])
    words = forms.CharField(
        label="The words that carry the point",
        required=False,
        max_length=2000,
        help_text="Copied from the output, where they stand once.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    part = forms.ChoiceField(
        label="They stand in the", required=False, choices=[("", "Choose"), *Part.choices]
    )
    needs_output = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("output", "role"):
            self.fields[name].required = self.needs_output
        self.draft: EvidenceDraft | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        said = (cleaned.get("output") or "").strip()
        if not said:
            return cleaned
        found = written_output(whole_number(said.rstrip("/").rpartition("/")[2]))
        if found is None:
            self.add_error("output", "There is no such output that was written and is public.")
        elif not cleaned.get("role"):
            self.add_error("role", "Say what the output shows.")
        else:
            words, part = cleaned.get("words", ""), cleaned.get("part", "")
            self.draft = EvidenceDraft(found, cleaned["role"], part, words)
        return cleaned


class StatementForm(EvidenceForm):
    """A statement, with the first output that it rests on."""

    kind = forms.ChoiceField(
        label="It speaks", choices=Kind.choices, widget=forms.RadioSelect, initial=Kind.AGAINST
    )
    text = forms.CharField(
        label="Statement",
        max_length=2000,
        help_text=f"One claim in {LEAST_TEXT} to {MOST_TEXT} characters, without links.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    quotes = forms.IntegerField(required=False, widget=forms.HiddenInput, max_value=2**62)
    quote = forms.CharField(
        label="The words that you answer", required=False, max_length=MOST_TEXT,
        help_text="Of the statement above. Shorten them to what you mean.",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, max_value=10_000)
    field_order = ("kind", "text", "quote", "output", "role", "words", "part", "quotes", "version")
    needs_output = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        output, role = self.fields["output"], self.fields["role"]
        output.help_text = (
            "A statement for or against needs one; one about where it applies, and a question, "
            f"may show one. {output.help_text}"
        )
        role.help_text = "Choose it where you name an output."


class WordsForm(forms.Form):
    """Other words for one's statement."""

    text = forms.CharField(
        label="Statement", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReactionForm(forms.Form):
    """A reaction, to the whole statement or to words of it."""

    kind = forms.ChoiceField(label="Reaction", choices=Reply.choices)
    quote = forms.CharField(
        label="To these words", required=False, max_length=MOST_TEXT,
        help_text="Copied from the statement, where they stand once; empty for all of it.",
    )  # fmt: skip
    link = forms.CharField(
        label="Where it can be checked", required=False, max_length=200,
        help_text="For “I checked this”: an https address.",
    )  # fmt: skip
