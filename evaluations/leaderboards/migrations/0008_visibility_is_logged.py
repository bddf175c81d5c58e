"""Who reads a run, a prompt set or a protocol decides which judgments are in the matrix.

The outputs are read again with any change of a run or a set (0002); here the judgments are.
"""

from django.db import migrations

# What is about them, and what was said of the prompt with the same form. Beyond so many, all.
FUNCTION = """
CREATE FUNCTION log_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    WITH about AS (
        SELECT m.id, m.judge_id, m.form_token FROM judgments_judgment m
        WHERE CASE TG_TABLE_NAME
            WHEN 'runs_run' THEN m.output_id IN (
                    SELECT o.id FROM runs_output o WHERE o.run_id = NEW.id)
                OR m.id IN (SELECT said.judgment_id FROM judgments_opinion said
                    JOIN runs_output reply ON reply.id = said.asked_as_id
                    WHERE reply.run_id = NEW.id AND said.judgment_id IS NOT NULL)
            WHEN 'prompts_promptset' THEN m.prompt_id IN (
                SELECT p.id FROM prompts_prompt p WHERE p.prompt_set_id = NEW.id)
            ELSE m.item_id IN (
                SELECT i.id FROM judgments_item i
                JOIN judgments_protocolversion v ON v.id = i.version_id
                WHERE v.protocol_id = NEW.id)
            END
    )
    SELECT array_agg(id) INTO touched FROM (
        SELECT id FROM about UNION
        SELECT beside.id FROM judgments_judgment beside JOIN about
            ON about.judge_id = beside.judge_id AND about.form_token = beside.form_token
    ) found;
    IF touched IS NOT NULL THEN
        INSERT INTO leaderboards_change (part, keys)
            VALUES ('judgments', CASE WHEN cardinality(touched) <= 20000 THEN touched END);
    END IF;
    RETURN NULL;
END $$;
"""
TABLES = ("runs_run", "prompts_promptset", "judgments_protocol")


class Migration(migrations.Migration):
    dependencies = [
        ("leaderboards", "0007_snapshot_title"),
        ("prompts", "0007_visibility"),
        ("runs", "0010_visibility"),
        ("judgments", "0015_visibility"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION IF EXISTS log_visibility() CASCADE"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_visibility_logged AFTER UPDATE ON {table} FOR EACH ROW "
                "WHEN (OLD.visibility IS DISTINCT FROM NEW.visibility) "
                "EXECUTE FUNCTION log_visibility()",
                f"DROP TRIGGER IF EXISTS {table}_visibility_logged ON {table}",
            )
            for table in TABLES
        ),
    ]
