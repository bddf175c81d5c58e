"""What people argue and gather on the site of `evaluations.bench.pages`: statements with their
counterexamples and votes, and collections.

One debate has as much as a busy one: a fifth of all statements, with a fifth of the votes. One
person is busy too: a tenth of all statements and collections is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from evaluations.bench.asking import Page
from evaluations.bench.matrix import run_parts

if TYPE_CHECKING:
    from evaluations.accounts.models import User

STATEMENTS: Final = 2_000
VOTES: Final = 200_000
COLLECTIONS: Final = 500
VOTERS: Final = 1_000
SHARE_OF_ONE: Final = 5
"""One in so many statements is about the first definition."""
ONE_IN_SO_MANY: Final = 10
"""Statements and collections of which one is by the busy person."""
A_COLLECTION: Final = 12
"""Items in each collection."""

SAID = """
INSERT INTO debates_statement ({columns}, version_id, author_id, kind, text, text_key, created_at)
    SELECT {defaults}, CASE WHEN n % {share} = 0 THEN {version} ELSE v.keys[n % v.count + 1] END,
        CASE WHEN n % {tenth} = 0 THEN {busy} ELSE u.keys[n % {voters} + 1] END,
        (ARRAY['for', 'against', 'scope', 'question'])[n % 4 + 1],
        'Statement number ' || n || ' says what this definition leaves out.',
        'statement number ' || n || ' says what this definition leaves out',
        now() - n * INTERVAL '1 minute'
    FROM generate_series(1, {statements}) n,
        (SELECT array_agg(id ORDER BY id) AS keys, count(*)::int AS count
            FROM definitions_definitionversion WHERE state = 'published' AND is_current) v,
        (SELECT array_agg(id ORDER BY id) AS keys FROM accounts_user
            WHERE username LIKE 'voter-%') u;
INSERT INTO debates_evidence ({columns}, statement_id, output_id, role, verdict_then, added_at)
    SELECT {defaults}, s.id, o.keys[s.id % 1000 + 1],
        (ARRAY['too-wide', 'too-narrow', 'fits', 'edge'])[s.id % 4 + 1], 'reasoning', now()
    FROM debates_statement s, (SELECT array_agg(id ORDER BY id) AS keys FROM runs_output) o
    WHERE s.kind IN ('for', 'against');
"""
VOTED = """
INSERT INTO debates_vote ({columns}, statement_id, voter_id, useful, agreement, created_at)
    SELECT {defaults}, s.id, u.keys[(s.id * 7 + k) % {voters} + 1], random() < 0.6,
        (ARRAY['agree', 'disagree', 'unsure'])[(random() * 2.9)::int % 3 + 1], now()
    FROM debates_statement s, generate_series(1, {each}) k,
        (SELECT array_agg(id ORDER BY id) AS keys FROM accounts_user
            WHERE username LIKE 'voter-%') u;
"""
GATHERED = """
INSERT INTO curation_collection ({columns}, owner_id, slug, title, why, why_html, visibility,
    created_at, used_at, shown_at)
    SELECT {defaults}, CASE WHEN n % {tenth} = 0 THEN {busy} ELSE u.keys[n + 1] END,
        'gathered-' || n, 'Gathered, number ' || n, {why}, {why},
        'public', now() - n * INTERVAL '1 hour', now(), now()
    FROM generate_series(1, {collections}) n, (SELECT array_agg(id ORDER BY id) AS keys
        FROM accounts_user WHERE username LIKE 'voter-%') u;
INSERT INTO curation_placement ({columns}, collection_id, output_id, rank, note, added_at)
    SELECT {defaults}, c.id, o.keys[(c.id * 31 + k) % 1000 + 1], lpad(k::text, 4, '0'),
        'It shows a step.', now()
    FROM curation_collection c, generate_series(1, {items}) k,
        (SELECT array_agg(id ORDER BY id) AS keys FROM runs_output) o
    WHERE c.slug LIKE 'gathered-%';
"""


def argued_pages(site: Mapping[str, Any]) -> Iterator[Page]:
    """Debates and collections, for who reads and for who writes them."""
    first, second, output = site["first"], site["second"], site["output"]
    statement, collection = site["statement"], site["collection"]
    yield Page("collections", "collections")
    yield Page("a collection", "collection", collection)
    yield Page("a collection, for its owner", "collection", collection, by_staff=True)
    yield Page("edit a collection", "collection-edit", collection, by_staff=True)
    yield Page("suggest for a collection", "collection-suggest", collection, by_staff=True)
    yield Page("add to a collection", "collection-add", (), f"output={output}", by_staff=True)
    yield Page("a frozen collection", "collection-version", site["version"])
    yield Page("a collection in a frame", "collection-embed", collection)
    yield Page("a collection as JSONL", "collection-jsonl", collection)
    yield Page("a collection by a rule", "collection-by-rule", ("definitions-split",))
    yield Page("begin a round", "collection-round", collection, by_staff=True)
    yield Page("debates", "debates")
    yield Page("a busy debate", "debate", (first,))
    yield Page("a busy debate, for who takes part", "debate", (first,), by_staff=True)
    yield Page("another debate", "debate", (second,))
    yield Page("a statement", "statement", (statement.pk,))
    yield Page("a statement, for a moderator", "statement", (statement.pk,), by_staff=True)
    yield Page("write a statement", "debate-state", (first,), by_staff=True)
    yield Page("what cites a definition", "definition-cited", (first,))
    yield Page("what cites an output", "output-cited", (output,), by_staff=True)


def fill_debates_and_collections(version: int, busy: User) -> None:
    """Both, with half of the statements on counterexamples that may or may not stand.

    Args:
        version: key of the definition version with the busy debate.
        busy: the busy person.
    """
    from evaluations.accounts.models import User  # noqa: PLC0415
    from evaluations.curation.models import Collection, Placement  # noqa: PLC0415
    from evaluations.debates.models import Evidence, Statement, Vote  # noqa: PLC0415

    User.objects.bulk_create(User(username=f"voter-{n}") for n in range(VOTERS))
    sizes: dict[str, Any] = {
        "version": version,
        "share": SHARE_OF_ONE,
        "tenth": ONE_IN_SO_MANY,
        "busy": busy.pk,
        "voters": VOTERS,
        "statements": STATEMENTS,
        "each": VOTES // STATEMENTS,
        "collections": COLLECTIONS,
        "items": A_COLLECTION,
        "why": "'What a model writes down is not always what it did.'",
    }
    run_parts(SAID, (Statement, Evidence), sizes)
    run_parts(VOTED, (Vote,), sizes)
    run_parts(GATHERED, (Collection, Placement), sizes)
