"""A word of the glossary, explained where a reader first meets it."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify

from evaluations.common.glossary import glossary

register = template.Library()


@register.simple_tag
def word(name: str, shown: str = "") -> SafeString:
    """A button that opens the meaning of *name*, by key, touch or mouse and without a script.

    Once a page for each word, as its meaning has an id. `shown` is how the word is written there.

    Raises:
        KeyError: for a word that the glossary does not have.
    """
    words, meaning = glossary()[name.lower()]
    return format_html(
        '<dfn><button type="button" class="word" popovertarget="word-{key}">{shown}</button></dfn>'
        '<span class="word-meaning" id="word-{key}" popover><strong>{words}</strong>: {meaning}.'
        "</span>",
        key=slugify(name),
        shown=shown or name,
        words=words,
        meaning=meaning,
    )
