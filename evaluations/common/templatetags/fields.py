from django import forms, template

register = template.Library()


@register.filter
def get(form: forms.Form, name: str) -> forms.BoundField:
    """The bound field of that name, for names that a template cannot spell (with a dash)."""
    return form[name]
