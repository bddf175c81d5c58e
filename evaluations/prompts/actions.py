"""Writing prompt sets and their prompts. What was asked stays as it was asked."""

import datetime as dt
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, ProtectedError
from django.utils.text import slugify

from evaluations.accounts.models import User
from evaluations.accounts.visibility_actions import VisibilityRefused, refusal
from evaluations.common.texts.unseen import hidden_in
from evaluations.prompts.drafts import CHANGED_FROM, WORDING, Draft, Fault, Held, faults
from evaluations.prompts.models import Family, Prompt, PromptSet, Relation

OWN = "own-"
"""How addresses begin of what is made here: the catalogue, which may bring anything with a later
release, has none of them."""
LAST_POSITION = 32_000


class PromptsRefused(Exception):
    """Nothing was stored; `faults` say why, draft by draft."""

    def __init__(self, found: Sequence[Fault]) -> None:
        self.faults = list(found)
        super().__init__(" ".join(fault.sentence for fault in found))


def check_keeper(prompt_set: PromptSet, actor: User) -> None:
    """Raise PermissionError for everybody but the set's owner and staff."""
    if not prompt_set.guarded_by(actor):
        raise PermissionError("Only its owner and staff change this prompt set.")


@transaction.atomic
def make_set(
    *, actor: User, title: str, visibility: str, publish_on: dt.date | None = None, **said: Any
) -> PromptSet:
    """Make an empty prompt set that *actor* owns.

    Args:
        said: description, limits, domain, licence and source, and whether people may answer it.

    Raises:
        PermissionError: for everybody but staff and researchers.
        PromptsRefused: for a title that shows nothing, or holds characters that nobody sees.
        VisibilityRefused: with the reason.
    """
    if not actor.may_write_prompts:
        raise PermissionError("Only staff and researchers make prompt sets.")
    check_title(title)
    made = PromptSet(owner=actor, title=title, visibility=visibility, publish_on=publish_on, **said)
    if why := refusal(made, visibility, publish_on):
        raise VisibilityRefused(why)
    hold_names()
    taken = frozenset(PromptSet.objects.values_list("slug", flat=True))
    made.slug = next(free_slugs(slugify(title)[:45] or "set", taken))
    made.save()
    return made


@transaction.atomic
def describe_set(*, prompt_set: PromptSet, actor: User, **said: Any) -> PromptSet:
    """Change what a set says of itself: title, description, limits, domain, licence, source,
    and whether people may answer it.

    Raises:
        PermissionError: when *actor* neither owns the set nor is staff.
        PromptsRefused: for another title that shows nothing, or holds characters that nobody sees.
    """
    check_keeper(prompt_set, actor)
    if said.get("title", prompt_set.title) != prompt_set.title:
        check_title(said["title"])
    for name, value in said.items():
        setattr(prompt_set, name, value)
    prompt_set.save(update_fields=list(said))
    return prompt_set


@transaction.atomic
def archive_set(*, prompt_set: PromptSet, actor: User, archived: bool) -> None:
    """Let no new run ask a set, or let runs ask it again. What was written stays."""
    check_keeper(prompt_set, actor)
    prompt_set.is_archived = archived
    prompt_set.save(update_fields=["is_archived"])


@transaction.atomic
def add_prompts(*, prompt_set: PromptSet, actor: User, drafts: Sequence[Draft]) -> list[Prompt]:
    """Add prompts at the end of a set, all of them or none.

    Raises:
        PermissionError: when *actor* neither owns the set nor is staff.
        PromptsRefused: with a sentence for each draft that cannot be stored.
    """
    check_keeper(prompt_set, actor)
    hold_names()
    if found := faults(drafts, Held.by(prompt_set)):
        raise PromptsRefused(found)
    last = prompt_set.prompts.aggregate(last=Max("position"))["last"] or 0
    slugs = slugs_for(drafts)
    families = families_for(prompt_set, drafts)
    return Prompt.objects.bulk_create(
        [
            row_of(draft, prompt_set, families, slug=slug, position=min(place, LAST_POSITION))
            for place, (draft, slug) in enumerate(zip(drafts, slugs, strict=True), start=last + 1)
        ],
        batch_size=500,
    )


@transaction.atomic
def reword(*, prompt: Prompt, actor: User, draft: Draft) -> Prompt:
    """Change a prompt; gives the prompt that later runs ask.

    Title, note and licence change where they stand. Another wording, reference or grader is a new
    prompt: it takes the place and the address of one that nothing rests on, and else stands beside
    the earlier one, which is archived with all that was written to it. What the catalogue brought
    always stays. A text or reference that no generator made, and no source has, says from what it
    was changed.

    Raises:
        PermissionError: when *actor* neither owns the set nor is staff.
        PromptsRefused: with the reason.
    """
    prompt_set = prompt.prompt_set
    check_keeper(prompt_set, actor)
    hold_names()
    before = Draft.of(prompt)
    draft = replace(draft, origin=origin_of(draft, before))
    if all(getattr(draft, name) == getattr(before, name) for name in WORDING):
        if draft.title != prompt.title:
            check_title(draft.title)
        prompt.title, prompt.note = draft.title, draft.note
        prompt.licence = draft.licence or prompt_set.licence
        prompt.save(update_fields=["title", "note", "licence"])
        return prompt
    if prompt.is_archived:
        raise refused("An archived prompt is not reworded: bring it back first.")
    check_last(prompt)
    if (draft.family, draft.relation) != (before.family, before.relation):
        check_variants(prompt)
    if found := faults([draft], Held.by(prompt_set, without=prompt)):
        raise PromptsRefused(found)
    slug, key, replaced = prompt.slug, prompt.pk, prompt.replaces_id
    try:
        with transaction.atomic():
            if not slug.startswith(OWN):
                raise ProtectedError("The catalogue would miss it.", {prompt})
            prompt.delete()
    except ProtectedError:
        prompt.is_archived = True
        prompt.save(update_fields=["is_archived"])
        (slug,) = slugs_for([draft])
        replaced = key
    families = families_for(prompt_set, [draft])
    again = row_of(draft, prompt_set, families, slug=slug, position=prompt.position)
    again.replaces_id = replaced
    again.save()
    return again


def origin_of(draft: Draft, before: Draft) -> Mapping[str, Any]:
    """Whence a wording is that takes the place of another."""
    same = (draft.text, draft.reference) == (before.text, before.reference)
    if same or not before.origin or CHANGED_FROM in before.origin:
        return before.origin
    return {CHANGED_FROM: before.origin}


@transaction.atomic
def archive_prompt(*, prompt: Prompt, actor: User, archived: bool) -> None:
    """Let later runs leave a prompt out, or ask it again.

    Raises:
        PermissionError: when *actor* neither owns the set nor is staff.
        PromptsRefused: where another prompt has taken its place, or variants need it.
    """
    check_keeper(prompt.prompt_set, actor)
    hold_names()
    if archived:
        check_variants(prompt)
    else:
        check_last(prompt)
        # Its title stays as it is, also one from before some characters were refused.
        if found := faults([replace(Draft.of(prompt), title="")], Held.by(prompt.prompt_set)):
            raise PromptsRefused(found)
    prompt.is_archived = archived
    prompt.save(update_fields=["is_archived"])


def check_last(prompt: Prompt) -> None:
    """Raise PromptsRefused for a wording whose place a later one took: each has one at most."""
    if later := prompt.later_wording:
        raise refused(f"A later wording took its place: change “{later.title}” instead.")


def check_variants(prompt: Prompt) -> None:
    """Raise PromptsRefused for an original with variants that runs ask: no family lacks its own."""
    if prompt.relation != Relation.ORIGINAL:
        return
    beside = prompt.prompt_set.prompts.to_be_asked().filter(family=prompt.family)
    if left := beside.exclude(pk=prompt.pk).count():
        raise refused(
            f"It is the original of the family “{prompt.family}”, and runs still ask {left} other "
            f"prompt{'' if left == 1 else 's'} of it: archive them first, or take them out of it."
        )


def check_title(title: str) -> None:
    """Raise PromptsRefused for a title that shows nothing, or holds what nobody sees."""
    if why := hidden_in(title):
        raise refused(f"The title {why}.")


def refused(sentence: str) -> PromptsRefused:
    return PromptsRefused([Fault(0, sentence)])


def hold_names() -> None:
    """Let one at a time give prompts and sets their names."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('names-of-prompts'))")


def free_slugs(wanted: str, taken: Container[str]) -> Iterator[str]:
    """Slugs of what is made here that nothing has, the wanted one first."""
    plain = OWN + wanted.strip("-")
    for slug in chain([plain], (f"{plain}-{number}" for number in count(2))):
        if slug not in taken:
            yield slug


def slugs_for(drafts: Sequence[Draft]) -> list[str]:
    """A free slug for each draft, after its title."""
    taken = set(Prompt.objects.values_list("slug", flat=True))
    found = []
    for draft in drafts:
        slug = next(free_slugs(slugify(draft.title)[:65] or "prompt", taken))
        taken.add(slug)
        found.append(slug)
    return found


def families_for(prompt_set: PromptSet, drafts: Sequence[Draft]) -> dict[str, Family]:
    """The families that drafts name, by their names in the set; the missing ones are made."""
    found = {
        str(family): family
        for family in Family.objects.filter(prompts__prompt_set=prompt_set).distinct()
    }
    taken: set[str] | None = None
    for name in dict.fromkeys(draft.family for draft in drafts if draft.family):
        if name in found:
            continue
        if taken is None:
            taken = set(Family.objects.values_list("slug", flat=True))
        wanted = slugify(f"{prompt_set.slug.removeprefix(OWN)}-{name}")[:45]
        found[name] = Family.objects.create(slug=next(free_slugs(wanted, taken)), name=name)
        taken.add(found[name].slug)
    return found


def row_of(
    draft: Draft, prompt_set: PromptSet, families: dict[str, Family], *, slug: str, position: int
) -> Prompt:
    """A prompt that is not saved yet."""
    return Prompt(
        slug=slug,
        prompt_set=prompt_set,
        title=draft.title,
        text=draft.text,
        family=families[draft.family] if draft.family else None,
        relation=draft.relation,
        reference=draft.reference,
        grader=draft.grader,
        parameters=dict(draft.parameters),
        origin=dict(draft.origin),
        licence=draft.licence or prompt_set.licence,
        note=draft.note,
        position=position,
    )
