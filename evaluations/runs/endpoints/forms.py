"""Forms of staff about endpoints."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.text import slugify

from evaluations.runs.models import Endpoint, LanguageModel, Price


class EndpointForm(forms.ModelForm[Endpoint]):
    """An endpoint; its slug is made once, from its name."""

    class Meta:
        model = Endpoint
        fields = ("name", "address", "dialect", "key_variable")

    def clean_address(self) -> str:
        """Refuses what would give a key away, or is no address of a server."""
        address: str = self.cleaned_data["address"].rstrip("/")
        try:
            parts = urlsplit(address)
            whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            whole = False
        if not whole or set(address) & set(" \\<>\"'"):
            raise forms.ValidationError(
                "Give a whole address that begins with https:// or http://, such as "
                "https://api.example.org/v1."
            )
        if parts.username or parts.password or parts.query or parts.fragment:
            raise forms.ValidationError(
                "Leave out names, passwords and everything behind a question mark: the address "
                "is shown. A key goes into a variable of the environment."
            )
        return address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.instance.pk and cleaned.get("name"):
            self.instance.slug = slugify(cleaned["name"])[:60]
            if self.instance.slug in ("", "new"):
                self.add_error("name", "Give another name, with letters or digits in it.")
            elif Endpoint.objects.filter(slug=self.instance.slug).exists():
                self.add_error("name", "There is an endpoint with a name like this.")
        return cleaned


class PriceForm(forms.ModelForm[Price]):
    class Meta:
        model = Price
        fields = ("model", "since", "tokens_in", "tokens_out")
        widgets = {"since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


class ProbeForm(forms.Form):
    model = forms.CharField(
        label="Model there", max_length=300, help_text="Its name at the endpoint."
    )


class ModelForm(forms.Form):
    """A language model behind an endpoint."""

    name = forms.CharField(max_length=120, help_text="As people read it.")
    path = forms.CharField(
        label="Model there", max_length=300, help_text="Its name at the endpoint."
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        slug = slugify(name)[:80]
        if not slug:
            raise forms.ValidationError("Give a name with letters or digits in it.")
        if LanguageModel.objects.filter(slug=slug).exists():
            raise forms.ValidationError("There is a language model with a name like this.")
        self.slug = slug
        return name
