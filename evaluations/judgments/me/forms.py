from typing import Any

from django import forms
from django.views.decorators.debug import sensitive_variables

from evaluations.accounts.models import User
from evaluations.judgments.me.leave import WhatStays


class LeaveForm(forms.Form):
    """What becomes of the judgments, confirmed by the password, or by the name without one.

    A guest has neither, and confirms by sending the form.
    """

    choice = forms.ChoiceField(
        label="What becomes of your judgments?",
        choices=WhatStays.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what becomes of your judgments."},
    )

    def __init__(self, user: User | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if user is None:
            return
        if user.has_usable_password():
            self.fields["password"] = forms.CharField(
                label="Your password, to confirm",
                strip=False,
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            )
        else:
            self.fields["username"] = forms.CharField(
                label="Your username, to confirm",
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    @sensitive_variables("password")
    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if self.user is None or not self.user.check_password(password):
            raise forms.ValidationError("This is not your password.")
        return password

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if self.user is None or username != self.user.get_username():
            raise forms.ValidationError("This is not your username.")
        return username
