"""Items about outputs that repeat others leave the queues, where nobody touched them yet."""

from django.db import migrations

REPEATED = """
DELETE FROM judgments_item i USING runs_output o, runs_run r, runs_recipe c
WHERE i.output_id = o.id AND r.id = o.run_id AND c.id = r.recipe_id AND NOT i.is_gold
    AND EXISTS (
        SELECT FROM runs_output e JOIN runs_run n ON n.id = e.run_id
        WHERE n.model_id = r.model_id AND n.recipe_id = r.recipe_id AND n.purpose = r.purpose
            AND e.prompt_id = o.prompt_id AND e.state = 'done'
            AND (c.temperature = 0 OR (e.seed = o.seed AND e.sample = o.sample))
            AND e.withdrawn_at IS NULL AND n.withdrawn_at IS NULL
            AND (e.finished_at, e.id) < (o.finished_at, o.id)
    )
    AND NOT EXISTS (SELECT FROM judgments_judgment x WHERE x.item_id = i.id)
    AND NOT EXISTS (SELECT FROM judgments_lease x WHERE x.item_id = i.id)
    AND NOT EXISTS (SELECT FROM judgments_skippeditem x WHERE x.item_id = i.id)
    AND NOT EXISTS (SELECT FROM judgments_adjudication x WHERE x.item_id = i.id)
"""


class Migration(migrations.Migration):
    dependencies = [("judgments", "0009_repeats_index"), ("runs", "0004_judging")]

    operations = [migrations.RunSQL(REPEATED, migrations.RunSQL.noop)]
