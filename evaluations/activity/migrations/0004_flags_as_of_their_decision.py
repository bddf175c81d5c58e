"""Flags are answered at the time of the decision that answered them: earlier ones had a time of
their own, a moment beside it, by which nobody found what was asked for."""

from django.db import migrations

DATED = """
UPDATE activity_flag SET decided_at = answer.created_at
FROM (
    SELECT DISTINCT ON (f.id) f.id, d.created_at, d.verb
    FROM activity_flag f
    LEFT JOIN curation_placement p ON p.id = f.placement_id
    LEFT JOIN curation_suggestion s ON s.id = f.suggestion_id
    JOIN activity_decision d ON d.kind = CASE
            WHEN f.collection_id IS NOT NULL THEN 'collection'
            WHEN f.placement_id IS NOT NULL THEN 'item'
            WHEN f.suggestion_id IS NOT NULL THEN 'suggestion'
            WHEN f.statement_id IS NOT NULL THEN 'statement'
            ELSE 'account' END
        AND coalesce(d.collection_id, d.statement_id, d.person_id) = coalesce(
            f.collection_id, p.collection_id, s.collection_id, f.statement_id, f.person_id)
    WHERE f.upheld AND d.created_at BETWEEN f.decided_at - interval '1 second'
        AND f.decided_at + interval '1 second'
    ORDER BY f.id, abs(extract(epoch FROM d.created_at - f.decided_at))
) answer
WHERE activity_flag.id = answer.id AND answer.verb = 'ask to reword'
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0003_releases"), ("curation", "0004_when_words_were_written")]
    operations = [migrations.RunSQL(DATED, migrations.RunSQL.noop)]
