"""What is asked of whoever brings a file in: the file, then what it needs to be imported."""

from typing import Any

from django import forms

from evaluations.accounts.visibility import Audience
from evaluations.accounts.visibility_forms import audience_field
from evaluations.exchange.loading.files import MOST_MEGABYTES
from evaluations.exchange.readers.formats import FORMATS


def titles() -> list[tuple[str, str]]:
    return [(each.name, each.title) for each in FORMATS.values()]


class FileForm(forms.Form):
    """A file, and the one that belongs to it."""

    file = forms.FileField(
        label="File",
        help_text=f"Drop it on the field, or choose it. At most {MOST_MEGABYTES} MB, a line at "
        "most 1 MB.",
        error_messages={"empty": "This file is empty."},
    )
    companion = forms.FileField(
        label="Companion file",
        required=False,
        help_text="Where a format keeps something in a second file: the results of lm-eval, the "
        "aggregate of Every Eval Ever, the input of a batch.",
        error_messages={"empty": "This file is empty."},
    )
    format = forms.ChoiceField(label="Format", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["format"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "tell by what it holds"), *titles()]


class FormatForm(forms.Form):
    """Another format for a file that is here."""

    format = forms.ChoiceField(label="Format")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["format"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = titles()


class OrderForm(forms.Form):
    """Under which licence, and for whom."""

    licence = forms.CharField(
        max_length=40,
        help_text="Of the prompts and replies, such as CC BY 4.0, Apache-2.0 or “own, not "
        "published”. It stands with each prompt.",
    )
    visibility = audience_field()
    skips_refused = forms.BooleanField(label="Leave out the refused lines", required=False)

    def __init__(self, *args: Any, refused: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["visibility"].initial = Audience.PRIVATE
        self.refused = refused
        if not refused:
            del self.fields["skips_refused"]

    def clean(self) -> dict[str, Any]:
        fields = self.cleaned_data
        if self.refused and not fields.get("skips_refused"):
            self.add_error(
                "skips_refused",
                f"{self.refused:,} line{'s are' if self.refused > 1 else ' is'} refused. Tick "
                "this, or mend the file and bring it in again.",
            )
        fields.setdefault("skips_refused", False)
        return fields
