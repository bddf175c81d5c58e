"""Evidence that the site can check: a role is taken only while the verdict bears it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evaluations.debates.choices import Role
from evaluations.debates.models import Evidence
from evaluations.debates.refusals import DebateRefused, VerdictAgainst
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.marks import NotThere, part_text, place_of, quoted
from evaluations.judgments.models import Part
from evaluations.leaderboards.listing.outputs import NOT_ASKED
from evaluations.leaderboards.listing.verdicts import verdicts_on
from evaluations.runs.models import Output

MOST_QUOTE: Final = 2000
BORNE_OUT: Final = {
    Role.TOO_WIDE: ("reasoning",),
    Role.TOO_NARROW: ("not-reasoning",),
    Role.FITS: ("reasoning", "partly", "not-reasoning"),
}
"""The verdicts under which a role claims what is the case; the edge claims nothing."""
IN_WORDS: Final = {
    "reasoning": "calls it reasoning",
    "partly": "calls it partly reasoning",
    "not-reasoning": "calls it not reasoning",
    "undetermined": "leaves it undetermined, as the answers stand",
    NOT_ASKED: "says nothing of it yet: not all of its questions were asked about it",
}


@dataclass(frozen=True)
class EvidenceDraft:
    """An output with the role that somebody gives it, and perhaps words of a part of it."""

    output: Output
    role: str
    part: str = ""
    quote: str = ""


def is_borne_out(role: str, verdict: str) -> bool:
    """Whether a verdict is what a role claims."""
    return verdict in BORNE_OUT.get(Role(role), (verdict,))


def claimed_by(
    version: DefinitionVersion, drafts: Sequence[EvidenceDraft], *, refuse: bool = True
) -> list[Evidence]:
    """Evidence that nobody saved yet, each with the verdict of this moment.

    Args:
        refuse: whether a role that its verdict contradicts is refused, and an output that nobody
            may read; else they are left out.

    Raises:
        VerdictAgainst: with the verdict and the way out.
        DebateRefused: for an unknown role, an output twice or one that not everybody reads, and
            words that do not stand in it.
    """
    keys = [draft.output.pk for draft in drafts]
    if len(set(keys)) < len(keys):
        raise DebateRefused("An output is shown once: it is named twice here.")
    readable = set(Output.objects.finished().filter(pk__in=keys).values_list("pk", flat=True))
    pinned = DefinitionVersion.objects.with_pins().filter(pk=version.pk) if keys else ()
    said = verdicts_on(keys, pinned)
    made = []
    for draft in drafts:
        if draft.role not in Role.values:
            raise DebateRefused("Say what the output shows: too wide, too narrow, fits or edge.")
        if draft.output.pk not in readable:
            if not refuse:
                continue
            raise DebateRefused(
                f"Output {draft.output.pk} was withdrawn or is not public any more. Name another."
            )
        verdict = said[draft.output.pk, version.pk].word
        if not is_borne_out(draft.role, verdict):
            if refuse:
                raise VerdictAgainst(draft.output, verdict, contradiction(version, draft, verdict))
            continue
        made.append(
            Evidence(
                output=draft.output, role=draft.role, verdict_then=verdict, **excerpt_of(draft)
            )
        )
    return made


def contradiction(version: DefinitionVersion, draft: EvidenceDraft, verdict: str) -> str:
    """Why a role is not taken, with the verdict and the way out."""
    claim = {
        Role.TOO_WIDE: "“Too wide” says that it is called reasoning and should not be",
        Role.TOO_NARROW: "“Too narrow” says that it is not called reasoning and should be",
        Role.FITS: "“Fits” says that the verdict on it is right",
    }[Role(draft.role)]
    other = {
        ("too-wide", "not-reasoning"): "If that is the mistake, choose “too narrow”; else",
        ("too-narrow", "reasoning"): "If that is the mistake, choose “too wide”; else",
    }.get((draft.role, verdict), "You can")
    return (
        f"Version {version.number} {IN_WORDS[verdict]} (output {draft.output.pk}). {claim}. "
        f"{other} show it as a case on the edge."
    )


def written_output(key: int | None) -> Output | None:
    """An output that everybody may read, by its number."""
    if key is None:
        return None
    return Output.objects.finished().for_reading().filter(pk=key).first()


def excerpt_of(draft: EvidenceDraft) -> dict[str, object]:
    """The columns of the words that carry the point; none where none are named."""
    quote = draft.quote.replace("\r\n", "\n").replace("\0", "").strip()
    if not quote:
        return {}
    if draft.part not in Part.values:
        raise DebateRefused("The words stand in the working, the answer or the prompt: say where.")
    if len(quote) > MOST_QUOTE:
        raise DebateRefused(f"At most {MOST_QUOTE:,} characters are marked.")
    text = part_text(draft.output, draft.part)
    try:
        place = place_of(text, quote, Part(draft.part).label)
    except NotThere as error:
        raise DebateRefused(str(error)) from error
    return {"part": draft.part, **quoted(text, *place)}
