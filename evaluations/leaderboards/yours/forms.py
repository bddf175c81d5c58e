from django import forms


class ShowForm(forms.Form):
    """What of one's page others see at its address."""

    name = forms.BooleanField(required=False, label="Say that it is mine")
    everything = forms.BooleanField(
        required=False, label="All definitions, not only those that are closest"
    )
    outputs = forms.BooleanField(
        required=False, label="On which outputs each definition and I part, not what I said there"
    )
