"""Where to judge what a definition lacks."""

from urllib.parse import urlencode

from django.urls import reverse

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.items.questions import judge_link


def judge_url(version: DefinitionVersion, answerable: set[str] | None = None) -> str:
    """Where to judge what a definition's rule needs; empty when judges answer none of it."""
    link = judge_link(version.keys, answerable)
    return f"{reverse('judge-next')}?{link}" if link else ""


def direct_url(version: DefinitionVersion) -> str:
    """Where to classify outputs by the wording of a definition itself."""
    return f"{reverse('judge-next')}?{urlencode({'direct': version.definition.slug})}"
