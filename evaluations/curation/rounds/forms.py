import uuid
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator

from evaluations.curation.rounds.actions import MOST_OUTPUTS
from evaluations.judgments.models import Block


class BlockField(forms.ModelChoiceField[Block]):
    """Blocks by their titles, with what they ask."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.title)


class RoundForm(forms.Form):
    """How many outputs of a collection a round takes, and what is asked of them.

    `form_token` tells a second sending of one form from another round.
    """

    form_token = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)
    outputs = forms.IntegerField(
        min_value=1,
        label="How many outputs",
        help_text="From the first on. Ten take about a quarter of an hour.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    block = BlockField(
        queryset=Block.objects.order_by("-is_default", "title"),
        label="What is asked",
        empty_label=None,
    )

    def __init__(self, there: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = min(there, MOST_OUTPUTS)
        field = self.fields["outputs"]
        assert isinstance(field, forms.IntegerField)
        field.max_value, field.initial = most, min(there, 10)
        field.widget.attrs["max"] = most
        field.validators.append(MaxValueValidator(most))
        self.fields["block"].initial = Block.objects.filter(is_default=True).first()


class CodeForm(forms.Form):
    """The code of a round, as somebody typed it."""

    code = forms.CharField(
        max_length=20,
        label="Code of a round",
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )

    def clean_code(self) -> str:
        """Without spaces and signs, in capitals."""
        return "".join(it for it in self.cleaned_data["code"].upper() if it.isalnum())
