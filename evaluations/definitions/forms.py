"""Forms of definitions: where one comes from, what it says, and what is said about amendments.

The rule is not a field: `rule_form` reads it from the same data.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from django import forms

from evaluations.common.texts.unseen import BLANK_LETTERS, held, refuse_hidden
from evaluations.definitions.models import (
    AbsencePolicy,
    Definition,
    DefinitionVersion,
    Kind,
    PartlyPolicy,
    Verification,
)
from evaluations.definitions.workshop_actions import PROVENANCE

LONGEST_TEXT: Final = 4000
UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
"""Categories of characters that no name holds, joiners included: other titles may have these."""


def text(label: str, help_text: str = "", *, required: bool = True, rows: int = 3) -> Any:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class WordingForm(forms.Form):
    """What a version says, all but its rule."""

    statement = text("Statement", "The definition itself, without quotation marks around it.")
    quoted = forms.BooleanField(label="All of it is one verbatim quotation", required=False)
    reading = text("Reading", "One plain sentence: what the rule counts, part by part.", rows=2)
    absence_policy = forms.ChoiceField(
        label="Where no trace is visible",
        choices=[
            (AbsencePolicy.LATENT, "working may be latent: what is unknown stays open"),
            (AbsencePolicy.SHOWN, "working must be shown: what is not shown counts as no"),
        ],
        widget=forms.RadioSelect,
        initial=AbsencePolicy.LATENT,
    )
    partly_policy = forms.ChoiceField(
        label="Partly",
        choices=[
            (PartlyPolicy.NOT_MET, "does not count as met in shares"),
            (PartlyPolicy.MET, "counts as met in shares"),
        ],
        widget=forms.RadioSelect,
        initial=PartlyPolicy.NOT_MET,
    )
    note = text("Note", "What the rule leaves out, or what is contested.", required=False, rows=2)
    positive_example = text("Example that counts", required=False, rows=2)
    positive_why = text("Why it counts", required=False, rows=2)
    negative_example = text("Example that does not count", required=False, rows=2)
    negative_why = text("Why it does not", required=False, rows=2)

    SAYING = ("statement", "quoted", "reading")
    POLICIES = ("absence_policy", "partly_policy")
    EXAMPLES = ("note", "positive_example", "positive_why", "negative_example", "negative_why")

    def part(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def saying(self) -> list[forms.BoundField]:
        return self.part(self.SAYING)

    @property
    def policies(self) -> list[forms.BoundField]:
        return self.part(self.POLICIES)

    @property
    def examples(self) -> list[forms.BoundField]:
        return self.part(self.EXAMPLES)

    @property
    def says(self) -> dict[str, Any]:
        """The cleaned wording without the rule, as the actions take it."""
        names = (*self.SAYING, *self.POLICIES, *self.EXAMPLES)
        return {name: self.cleaned_data[name] for name in names}


class AmendmentForm(WordingForm):
    """An amendment to somebody's definition, with its reason."""

    reason = text("Why", "What is better about it; the owner decides on this.")

    @property
    def first(self) -> list[forms.BoundField]:
        return [self["reason"]]


class DefinitionForm(WordingForm):
    """A definition of one's own: what it says and where it comes from.

    The address is asked for only while there is none.
    """

    name = forms.CharField(
        max_length=120, help_text="As lists show it, such as “Taylor, as quoted”."
    )
    slug = forms.SlugField(
        label="Address",
        max_length=80,
        required=False,
        help_text="The last part of its address, in small letters, digits and dashes. "
        "Empty: made from the name. It stays for good.",
    )
    kind = forms.ChoiceField(choices=Kind.choices, initial=Kind.DEFINITION)
    author = forms.CharField(
        max_length=200,
        required=False,
        help_text="Whose words they are. Empty: yours.",
    )
    year = forms.IntegerField(required=False, min_value=-3000, max_value=2200)
    source = forms.CharField(
        required=False, max_length=1000, help_text="Title, place and page, or where it was said."
    )
    link = forms.URLField(
        required=False,
        max_length=200,
        assume_scheme="https",
        help_text="Beginning with https://, and only if you opened it.",
    )
    verification = forms.ChoiceField(
        label="How far the wording was checked",
        choices=Verification.choices,
        initial=Verification.UNVERIFIED,
        help_text="“Read in the source” is marked by curators, moderators and staff who looked it "
        "up. Other words take that mark away when they are published.",
    )
    change_note = text(
        "What changes and why", "Shown in the history of versions.", required=False, rows=2
    )

    def __init__(self, *args: Any, founded: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if founded:
            del self.fields["slug"]
        else:
            del self.fields["change_note"]

    @property
    def first(self) -> list[forms.BoundField]:
        return self.part(tuple(name for name in ("name", "slug", "kind") if name in self.fields))

    @property
    def origin(self) -> list[forms.BoundField]:
        return self.part(("author", "year", "source", "link", "verification"))

    @property
    def last(self) -> list[forms.BoundField]:
        return self.part(("change_note",)) if "change_note" in self.fields else []

    @property
    def provenance(self) -> dict[str, Any]:
        """The cleaned fields named in `PROVENANCE`."""
        return {name: self.cleaned_data[name] for name in PROVENANCE}

    def clean_name(self) -> str:
        """Refuse characters that nobody sees, with which a name passes for another."""
        name = str(self.cleaned_data["name"])
        refuse_hidden(name)
        for sign in name:
            if sign in BLANK_LETTERS or unicodedata.category(sign) in UNSEEN:
                raise forms.ValidationError(f"It {held(sign)}.")
        return name

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"]
        if link and not link.startswith("https://"):
            raise forms.ValidationError("Give an address that begins with https://.")
        return link


def wording_of(version: DefinitionVersion) -> dict[str, Any]:
    """What a version says, as initial values of its form."""
    return {**version.says(), "change_note": version.change_note}


def provenance_of(definition: Definition) -> dict[str, Any]:
    """Where a definition comes from, as initial values of its form."""
    return {name: getattr(definition, name) for name in PROVENANCE}


def policies_in(data: Mapping[str, Any]) -> dict[str, str]:
    """The policies that a link names, where they are known ones."""
    found = {}
    for name, choices in (("absence_policy", AbsencePolicy), ("partly_policy", PartlyPolicy)):
        if data.get(name) in choices.values:
            found[name] = str(data[name])
    return found


class MergeForm(forms.Form):
    """Into which published definition another one is merged."""

    into = forms.ModelChoiceField(
        label="Merge into",
        queryset=Definition.objects.none(),
        to_field_name="slug",
        empty_label="Choose a definition",
        error_messages={
            "invalid_choice": "There is no published definition of this name.",
            "required": "Choose the definition that stands for it.",
        },
    )
    reason = forms.CharField(label="Why", max_length=1000, required=False)

    def __init__(self, definition: Definition, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        published = DefinitionVersion.objects.published().values("definition")
        others = Definition.objects.in_catalogue_order().filter(pk__in=published)
        self.fields["into"].queryset = others.exclude(pk=definition.pk)  # type: ignore[attr-defined]
