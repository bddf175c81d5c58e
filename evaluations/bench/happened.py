"""What happened on the site of `evaluations.bench.pages`: events that somebody follows, flags and
decisions, and a round that ended.

What happened is told of the statements and collections in `evaluations.bench.argued`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from evaluations.bench.asking import Page
from evaluations.bench.matrix import run_parts

if TYPE_CHECKING:
    from evaluations.accounts.models import User
    from evaluations.curation.models import Round

EVENTS: Final = 60_000
RARE: Final = 20
"""One in so many is about a collection: the feed of the site tells of these alone."""
FOLLOWED: Final = {"definition": 8, "collection": 8, "person": 4}
CONCERNS: Final = 300
FLAGS: Final = 200
DECISIONS: Final = 2_000
PEOPLE, OUTPUTS = 60, 30
VALUE: Final = "(ARRAY['yes', 'yes', 'partly', 'no'])[1 + floor(random() * 4)::int]"

HAPPENED = """
INSERT INTO activity_event ({columns}, kind, actor_id, at, sentence, title, reason, public,
    definition_id, statement_id, collection_id)
    SELECT {defaults}, kind, actor_id, now() - n * INTERVAL '3 minutes',
        'Told of “' || title || '”', title, words, true, definition_id, statement_id, collection_id
    FROM (SELECT n, 'statement-made' AS kind, s.author_id AS actor_id, d.name AS title,
            s.text AS words, d.id AS definition_id, s.id AS statement_id, NULL AS collection_id
        FROM generate_series(1, {events}) n JOIN (SELECT array_agg(id ORDER BY id) AS keys,
                count(*)::int AS count FROM debates_statement) k ON n % {rare} > 0
            JOIN debates_statement s ON s.id = k.keys[n % k.count + 1]
            JOIN definitions_definitionversion v ON v.id = s.version_id
            JOIN definitions_definition d ON d.id = v.definition_id
        UNION ALL SELECT n, 'collection-featured', c.owner_id, c.title, '', NULL, NULL, c.id
        FROM generate_series(1, {events}) n JOIN (SELECT array_agg(id ORDER BY id) AS keys,
                count(*)::int AS count FROM curation_collection) k ON n % {rare} = 0
            JOIN curation_collection c ON c.id = k.keys[n / {rare} % k.count + 1]) told
    ORDER BY n DESC;
INSERT INTO activity_eventconcern (event_id, person_id)
    SELECT id, {reader} FROM activity_event ORDER BY id DESC LIMIT {concerns};
INSERT INTO activity_flag ({columns}, flagger_id, statement_id, reason, folds, made_at)
    SELECT {defaults}, u.keys[s.place % 900 + 50], s.id,
        (ARRAY['abuse', 'off-topic', 'duplicate'])[s.place % 3 + 1], false,
        now() - s.place * INTERVAL '1 hour'
    FROM (SELECT id, row_number() OVER (ORDER BY id)::int AS place FROM debates_statement) s,
        (SELECT array_agg(id ORDER BY id) AS keys FROM accounts_user
            WHERE username LIKE 'voter-%') u
    WHERE s.place <= {flags};
INSERT INTO activity_decision ({columns}, verb, kind, label, reason, sentence, role, created_at,
    collection_id, output_id)
    SELECT {defaults}, 'keep', CASE WHEN n % 2 = 0 THEN 'collection' ELSE 'output' END,
        'Number ' || n, 'other', 'It can stay.', 'moderator', now() - n * INTERVAL '5 hours',
        CASE WHEN n % 2 = 0 THEN c.keys[n % 400 + 1] END,
        CASE WHEN n % 2 = 1 THEN o.keys[n % 900 + 1] END
    FROM generate_series(1, {decisions}) n,
        (SELECT array_agg(id ORDER BY id) AS keys FROM curation_collection) c,
        (SELECT array_agg(id ORDER BY id) AS keys FROM runs_output) o;
"""
JUDGED = """
INSERT INTO judgments_judgment ({columns}, judge_id, output_id, item_id, finishes_item, page,
    form_token, created_at)
    SELECT {defaults}, m.judge_id, i.output_id, i.id, true, 'holistic', gen_random_uuid(), now()
    FROM judgments_item i, judgments_member m
    WHERE i.version_id = {version} AND m.protocol_id = {protocol};
INSERT INTO judgments_answer ({columns}, judgment_id, judge_id, output_id, criterion_id,
    criterion_version_id, meaning, value)
    SELECT {defaults}, m.id, m.judge_id, m.output_id, v.criterion_id, v.id, v.meaning, {value}
    FROM judgments_judgment m JOIN judgments_item i ON i.id = m.item_id,
        definitions_criterionversion v
    WHERE i.version_id = {version} AND v.id = ANY(ARRAY{asked});
INSERT INTO judgments_answer ({columns}, judgment_id, judge_id, output_id, is_holistic, meaning,
    value)
    SELECT {defaults}, m.id, m.judge_id, m.output_id, true, 1, {value}
    FROM judgments_judgment m JOIN judgments_item i ON i.id = m.item_id
    WHERE i.version_id = {version};
"""


def pages_of_what_happened(site: Mapping[str, Any]) -> Iterator[Page]:
    """Feeds, notices, people, moderation and rounds."""
    from evaluations.activity.models import Decision  # noqa: PLC0415
    from evaluations.activity.notices.digests import as_mail, unmailed  # noqa: PLC0415
    from evaluations.activity.notices.told import grouped  # noqa: PLC0415

    staff, busy, flagged = site["staff"], site["busy"], site["statement"]
    yield Page("notices, of 60,000 events", "notices", by_staff=True)
    yield Page(
        "a digest, of 60,000 events",
        "",
        work=lambda: as_mail(staff, "a@b.example", grouped(unmailed(staff), seen=0)).body,
    )
    yield Page("feed", "feed")
    yield Page("feed of a definition", "definition-feed", (site["first"],))
    yield Page("feed of a debate", "debate-feed", (site["first"],))
    yield Page("feed of a collection", "collection-feed", site["collection"])
    yield Page("feed of a busy person", "person-feed", (busy.username,))
    yield Page("a busy person", "person", (busy.username,))
    yield Page("moderation", "moderation")
    yield Page("moderation, its feed", "moderation-feed")
    yield Page("a decision", "moderation-decision", (Decision.objects.latest("pk").pk,))
    yield Page("flags by month", "moderation-months")
    yield Page("the queue of a moderator", "moderation-queue", by_staff=True)
    yield Page("a flag in it", "moderation-decide", ("statement", flagged.pk), by_staff=True)
    yield Page("an account, for a moderator", "moderation-account", (busy.pk,), by_staff=True)
    yield Page("rounds", "rounds", by_staff=True)
    yield Page("a round that goes on, for its owner", "round", (site["running"].code,),
               by_staff=True)  # fmt: skip
    yield Page("a round that goes on, to join", "round", (site["running"].code,))
    yield Page("a round that ended", "round", (site["round"].code,), by_staff=True)


def fill_what_happened(reader: User) -> None:
    """Events over four months, of which *reader* follows twenty things; flags and decisions."""
    from evaluations.accounts.models import User  # noqa: PLC0415
    from evaluations.activity.models import (  # noqa: PLC0415
        Decision,
        Event,
        EventConcern,
        Flag,
        Follow,
    )
    from evaluations.curation.models import Collection  # noqa: PLC0415
    from evaluations.definitions.models import Definition  # noqa: PLC0415

    sizes = {
        "events": EVENTS,
        "rare": RARE,
        "reader": reader.pk,
        "concerns": CONCERNS,
        "flags": FLAGS,
        "decisions": DECISIONS,
    }
    run_parts(HAPPENED, (Event, EventConcern, Flag, Decision), sizes)
    Follow.objects.bulk_create(
        [
            *(Follow(person=reader, definition=each)
              for each in Definition.objects.all()[: FOLLOWED["definition"]]),
            *(Follow(person=reader, collection=each)
              for each in Collection.objects.all()[: FOLLOWED["collection"]]),
            *(Follow(person=reader, followed=each)
              for each in User.objects.filter(username__startswith="voter-")
              .order_by("pk")[: FOLLOWED["person"]]),
        ]
    )  # fmt: skip


def fill_round(owner: User, *, is_over: bool) -> Round:
    """A round of as many people and outputs as one takes, who judged all of it.

    Args:
        is_over: whether it has ended; its owner was then shown what all said.
    """
    from django.db import connection  # noqa: PLC0415

    from evaluations.accounts.models import User  # noqa: PLC0415
    from evaluations.curation.models import Collection  # noqa: PLC0415
    from evaluations.curation.rounds.actions import begin_round, open_round  # noqa: PLC0415
    from evaluations.definitions.models import CriterionVersion  # noqa: PLC0415
    from evaluations.judgments.models import (  # noqa: PLC0415
        Answer,
        Block,
        Item,
        Judge,
        Judgment,
        Member,
        Reveal,
    )
    from evaluations.runs.models import Output  # noqa: PLC0415

    block = Block.objects.get(is_default=True)
    found = Output.objects.finished().distinct_samples().order_by("pk" if is_over else "-pk")
    outputs = found[:OUTPUTS]
    begun = begin_round(
        actor=owner,
        outputs=[each.pk for each in outputs],
        block=block,
        collection=Collection.objects.filter(owner=owner).first(),
    )
    people = User.objects.filter(username__startswith="voter-").order_by("pk")
    taking = [owner, *people[: PEOPLE - 1]]
    judges = [Judge.objects.get_or_create(user=each, defaults={"kind": "person"})[0]
              for each in taking]  # fmt: skip
    Member.objects.bulk_create(Member(protocol=begun.protocol, judge=each) for each in judges)
    asked = CriterionVersion.objects.current().filter(criterion__in=block.criteria.all())
    sizes = {
        "version": begun.protocol.versions.get().pk,
        "protocol": begun.protocol_id,
        "asked": list(asked.values_list("pk", flat=True)),
        "value": VALUE,
    }
    run_parts(JUDGED, (Judgment, Answer, Answer), sizes)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    if not is_over:
        return begun
    items = Item.objects.filter(version__protocol=begun.protocol)
    Reveal.objects.bulk_create(
        Reveal(judge=judges[0], output_id=key) for key in items.values_list("output", flat=True)
    )
    return open_round(round_=begun, actor=owner)
