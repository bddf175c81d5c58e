"""Text that arrives in the browser code point for code point."""

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def exact(text: str) -> SafeString:
    """*text* escaped so that the element's text content equals it, carriage returns included.

    A browser turns CR and CRLF in a page's source into LF, but not a character reference. Does
    not hold inside `pre` and `textarea`, which lose a line feed at their beginning.
    """
    return mark_safe(escape(str(text)).replace("\r", "&#13;"))  # noqa: S308 - just escaped
