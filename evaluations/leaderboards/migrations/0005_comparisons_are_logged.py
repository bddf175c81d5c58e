"""Comparisons are logged too: each web process keeps those that ratings rest on."""

from importlib import import_module

from django.db import migrations

watch = import_module("evaluations.leaderboards.migrations.0003_changes").watch

# Whether a protocol, or a round, is read by others decides whether its comparisons count.
READERS = """
CREATE FUNCTION log_comparisons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leaderboards_change (part, keys) VALUES ('comparisons', NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER judgments_protocol_comparisons_logged AFTER UPDATE ON judgments_protocol
    FOR EACH ROW WHEN ((OLD.visibility, OLD.closed_at, OLD.ends_at)
        IS DISTINCT FROM (NEW.visibility, NEW.closed_at, NEW.ends_at))
    EXECUTE FUNCTION log_comparisons();
"""
WITHOUT = """
DROP TRIGGER IF EXISTS judgments_protocol_comparisons_logged ON judgments_protocol;
DROP FUNCTION IF EXISTS log_comparisons()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leaderboards", "0004_definitions_are_logged"),
        ("judgments", "0001_initial"),
    ]
    operations = [
        *(
            watch("judgments_comparison", "comparisons", "id", "true", name)
            for name in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
        ),
        migrations.RunSQL(READERS, WITHOUT),
    ]
