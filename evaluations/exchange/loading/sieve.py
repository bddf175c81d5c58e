"""What becomes of each thing that a reader yields: new, here already, there twice, or refused."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db.models.functions import MD5

from evaluations.accounts.models import User
from evaluations.common.texts.unseen import hidden_in, shows_something
from evaluations.exchange.readers.checks import fault_in
from evaluations.exchange.readers.records import Read, Record, Refused, Skipped, Vote
from evaluations.judgments.answers.step_labels import IMPORTED
from evaluations.judgments.by_hand.people import PEOPLE
from evaluations.judgments.models import FirstError
from evaluations.runs.models import Output

AT_ONCE: Final = 500
"""Records that are held in memory, looked up and stored together."""
MOST_LETTERS: Final = 16_000_000
"""Letters of theirs from which fewer are."""
MOST: Final = {"model": 120, "maker": 120, "model_revision": 80, "task": 200, "labeller": 200}
"""Characters of what gets a name here."""
TEXTS: Final = ("prompt", "system", "text", "trace", "answer", "reference", *MOST)
LAST_SAMPLE: Final = 32_767
LAST_COUNT: Final = 2_147_483_647
LAST_SEED: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Fresh:
    """A record that is not here yet, and the key under which it will be."""

    record: Record
    key: str


@dataclass(slots=True)
class Chunk:
    """What the next few things of a file come to.

    `new` and `here` are records, stored or not; `repeated` stand in the file before, and `again`
    are those of them that another labeller speaks of. `votes` have both replies before them.
    """

    new: list[Fresh] = field(default_factory=list)
    here: list[Record] = field(default_factory=list)
    repeated: list[Record] = field(default_factory=list)
    again: list[Record] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    read: int = 0


def short(*said: object) -> bytes:
    """Sixteen bytes that stand for what was said: a million of them fit into memory."""
    return hashlib.blake2b(repr(said).encode("utf-8", "replace"), digest_size=16).digest()


def own_key(key: str, actor: User | None) -> str:
    """The key of a reply that somebody else brought in and keeps from this person."""
    return hashlib.sha256(f"{key} {actor.pk if actor else ''}".encode()).hexdigest()


def md5_of(text: str) -> str:
    """What PostgreSQL says of a stored text, so that it need not be sent to be compared."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Sieve:
    """Goes through a file once. Remembers sixteen bytes of each reply, and no text.

    What somebody else keeps to themselves is not told of: to others it is as if it were not here.
    """

    def __init__(self, actor: User | None) -> None:
        self.actor = actor
        self._said: dict[bytes, tuple[int, bytes]] = {}
        self._placed: dict[bytes, tuple[int, bytes]] = {}
        self._labelled: set[bytes] = set()
        self.keys: dict[bytes, str] = {}
        """Keys under which replies of this file are here, where they are not their own."""

    def chunks(self, reads: Iterable[Read]) -> Iterator[Chunk]:
        """What a file comes to, piece by piece, in its order."""
        few: list[Read] = []
        letters = 0
        for read in reads:
            few.append(read)
            letters += len(read.text) if isinstance(read, Record) else 0
            if len(few) == AT_ONCE or letters > MOST_LETTERS:
                yield self._chunk(few)
                few, letters = [], 0
        if few:
            yield self._chunk(few)

    def _chunk(self, few: list[Read]) -> Chunk:
        chunk = Chunk(read=len(few))
        fits: dict[str, Record] = {}
        for read in few:
            if isinstance(read, Refused):
                chunk.refused.append(read)
            elif isinstance(read, Skipped):
                chunk.skipped.append(read)
            elif isinstance(read, Vote):
                self._vote(read, chunk)
            else:
                self._record(read, chunk, fits)
        self._look_up(fits, chunk)
        chunk.refused.sort(key=lambda one: one.line)
        return chunk

    def _record(self, record: Record, chunk: Chunk, fits: dict[str, Record]) -> None:
        plain = record.origin.key
        key, text = short(plain), short(record.text, record.trace, record.answer)
        why = own_fault(record)
        if not why and key in self._said:
            line, before = self._said[key]
            if before == text:
                self._repeat(record, key, chunk)
                return
            why = f"Line {line} is the same sample with another reply."
        place = short(*place_of(record))
        if not why and place in self._placed:
            line, before = self._placed[place]
            if before == text:
                chunk.repeated.append(record)
                return
            why = (
                f"Line {line} has another reply of this model to this prompt as sample "
                f"{record.sample}."
            )
        if why:
            chunk.refused.append(Refused(record.line, why))
            return
        self._said[key] = self._placed[place] = (record.line, text)
        self._labelled.add(short(key, record.labeller))
        fits[plain] = record

    def _repeat(self, record: Record, key: bytes, chunk: Chunk) -> None:
        """A reply that was there before in the file; another labeller may speak of it."""
        labelled = short(key, record.labeller)
        if record.labeller and labelled not in self._labelled:
            self._labelled.add(labelled)
            chunk.again.append(record)
        else:
            chunk.repeated.append(record)

    def _vote(self, vote: Vote, chunk: Chunk) -> None:
        sides = [short(origin.key) for origin in (vote.left, vote.right)]
        if vote.left == vote.right:
            chunk.refused.append(Refused(vote.line, "It compares a reply with itself."))
        elif not all(side in self._said for side in sides):
            why = "It votes about a reply that was refused, or that stands nowhere before it."
            chunk.refused.append(Refused(vote.line, why))
        else:
            chunk.votes.append(vote)

    def _look_up(self, fits: dict[str, Record], chunk: Chunk) -> None:
        """Part what is here from what is new. A query a chunk, two more where replies are here,
        and as many for what is kept from this person, three where labels came."""
        stored, readable = self._here(fits)
        hidden = [plain for plain in fits if plain in stored and plain not in readable]
        kept = {plain: own_key(plain, self.actor) for plain in hidden}
        if kept:
            beside = self._here(kept.values())
            stored, readable = stored | beside[0], readable | beside[1]
            self.keys |= {short(plain): key for plain, key in kept.items()}
        marked = self._marked(fits.values(), stored)
        for plain, record in fits.items():
            key = kept.get(plain, plain)
            if key not in stored:
                chunk.new.append(Fresh(record, key))
            elif key in readable and readable[key] != md5_of(record.text):
                why = "It was imported before with another reply."
                chunk.refused.append(Refused(record.line, why))
            elif marked.get((key, labeller_of(record)), record.first_error) != record.first_error:
                why = "It was imported before with another first error."
                chunk.refused.append(Refused(record.line, why))
            else:
                chunk.here.append(record)

    def _here(self, keys: Collection[str]) -> tuple[dict[str | None, int], dict[str | None, str]]:
        """Of some keys those that are stored, with their rows; and of those that this person may
        read the digests of their texts."""
        rows = Output.objects.filter(origin_key__in=keys)
        stored = dict(rows.values_list("origin_key", "pk"))
        if not stored:
            return {}, {}
        here = Output.objects.filter(pk__in=stored.values())
        if self.actor is not None:
            here = here.readable_by(self.actor)
        return stored, dict(here.values_list("origin_key", MD5("text")))

    def _marked(
        self, fits: Collection[Record], stored: Mapping[str | None, int]
    ) -> dict[tuple[str | None, str], int | None]:
        """The first errors that labellers of what is here marked, by key and labeller."""
        if not stored or not any(record.labeller for record in fits):
            return {}
        errors = FirstError.objects.filter(
            output__in=stored.values(), is_current=True, judgment__page__startswith=IMPORTED
        )
        found = errors.values_list("output__origin_key", "judge__name", "step__index")
        return {(key, name): index for key, name, index in found}

    def key_of(self, record: Record) -> str:
        """The key under which a reply of this file is stored."""
        return self.key_at(record.origin.key)

    def key_at(self, plain: str) -> str:
        return self.keys.get(short(plain), plain)


def place_of(record: Record) -> tuple[object, ...]:
    """What one reply alone can have: a sample of a model with settings, of a prompt of a task."""
    return (record.task, *prompt_of(record), *model_of(record), recipe_of(record), record.sample)


def prompt_of(record: Record) -> tuple[str, str]:
    """What makes prompts one."""
    return record.prompt, record.system


def model_of(record: Record) -> tuple[str, str, str]:
    """What makes models one."""
    return record.model, record.maker, record.model_revision


def recipe_of(record: Record) -> str:
    """What makes recipes one: how the model was asked, but for the seed of each reply."""
    return repr(sorted((k, v) for k, v in record.settings.items() if k != "seed"))


def labeller_of(record: Record) -> str:
    """The name of the judge who stands for a labeller elsewhere; empty where nobody labelled."""
    return f"{record.origin.format}: {record.labeller}"[:80] if record.labeller else ""


def own_fault(record: Record) -> str:
    """Why a record cannot be stored whatever stands beside it; empty where it can."""
    for name in TEXTS:
        text = getattr(record, name)
        if not text:
            continue
        if fault := fault_in(text):
            return f"“{name}” {fault}."
        if name in MOST and len(text) > MOST[name]:
            return f"“{name}” has {len(text):,} characters; {MOST[name]:,} are the most."
    if record.task and (why := hidden_in(record.task)):
        return f"“task” {why}."  # it is the title of a prompt set
    if not shows_something(record.prompt):
        return "It has no prompt."
    if not record.model.strip():
        return "It names no model."
    if record.model.strip().casefold() == PEOPLE.casefold():
        return "It was written by people, not by a model, and boards would rank it among models."
    if not 0 <= record.sample <= LAST_SAMPLE:
        return f"“sample” is {record.sample}; 0 to {LAST_SAMPLE:,} can be kept."
    if record.seed is not None and not -LAST_SEED <= record.seed <= LAST_SEED:
        return "“seed” is beyond what 64 bits hold."
    counts = (record.tokens_in, record.tokens_out, record.tokens_thought)
    if any(count is not None and not 0 <= count <= LAST_COUNT for count in counts):
        return "It counts fewer than no tokens, or more than can be."
    if any(not 0 <= step.start < step.end <= len(record.trace) for step in record.steps):
        return "Its steps do not lie in its trace."
    if record.first_error is not None and not 0 <= record.first_error < len(record.steps):
        return f"Its first error is step {record.first_error}, and there are {len(record.steps)}."
    return ""
