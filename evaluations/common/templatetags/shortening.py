"""The beginnings of texts in lists and descriptions."""

from django import template

from evaluations.common.texts import shortened as texts

register = template.Library()


@register.filter
def shortened(text: object, most: int) -> str:
    """How *text* begins, in at most *most* characters and cut where a word ends."""
    return texts.shortened(str(text), most)
