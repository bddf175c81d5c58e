"""A person's own keys for the scripts of the judging pages."""

import json
from typing import Any

from django import template

from evaluations.accounts.keys import USUAL, keys_of

register = template.Library()


@register.simple_tag
def changed_keys(user: Any) -> str:
    """Usual key to the chosen one, as JSON, for the keys that this person changed."""
    chosen = keys_of(user)
    return json.dumps({USUAL[name]: key for name, key in chosen.items() if key != USUAL[name]})
