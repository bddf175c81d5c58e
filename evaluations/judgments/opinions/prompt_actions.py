"""Writing what model judges are asked: versions that are frozen once a model was asked by them."""

from django.db import transaction
from django.utils.text import slugify

from evaluations.accounts.models import User
from evaluations.common.texts.unseen import hidden_in
from evaluations.judgments.models import JudgePrompt
from evaluations.judgments.opinions.prompts import MOST_BODY, faults_in

WHO_MAY_WRITE = "Prompts of model judges are written by staff and researchers."


class PromptRefused(Exception):
    """The wording cannot be stored; the message says why."""


@transaction.atomic
def write_prompt(
    *, actor: User, body: str, title: str = "", revised: JudgePrompt | None = None
) -> JudgePrompt:
    """Store a wording: a prompt of its own, or a change of one.

    A change of the newest version, by whom made it, before a model was asked by it, changes that
    row; any other is the next version.

    Args:
        title: of a new one; a later version keeps the title of the first.
        revised: the version that was changed.

    Raises:
        PermissionError: when *actor* may not write any.
        PromptRefused: for a wording that cannot be asked, and a title that is taken or empty.
    """
    if not actor.may_run_models:
        raise PermissionError(WHO_MAY_WRITE)
    body = body.replace("\r\n", "\n").strip()
    if len(body) > MOST_BODY:
        raise PromptRefused(f"It has {len(body):,} letters; {MOST_BODY:,} are the most.")
    if why := faults_in(body):
        raise PromptRefused(why)
    if revised is None:
        title = " ".join(title.split())
        if why := hidden_in(title):
            raise PromptRefused(f"The title {why}.")
        slug = slugify(title)[:60]
        if not slug:
            raise PromptRefused("Give it a title with a letter or a digit.")
        if JudgePrompt.objects.filter(slug=slug).exists():
            raise PromptRefused(f"There is a prompt “{title}” already: make a version of that.")
        return JudgePrompt.objects.create(slug=slug, title=title, body=body, made_by=actor)
    versions = JudgePrompt.objects.select_for_update().filter(slug=revised.slug)
    newest = versions.order_by("-number")[0]
    if newest.pk == revised.pk and newest.used_at is None and newest.made_by_id == actor.pk:
        newest.body = body
        newest.save(update_fields=["body"])
        return newest
    return JudgePrompt.objects.create(
        slug=newest.slug, number=newest.number + 1, title=newest.title, body=body, made_by=actor
    )
