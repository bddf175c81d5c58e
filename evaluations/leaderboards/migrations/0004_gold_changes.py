"""What sets judgments apart, and recipes, are in the log of changes too."""

import importlib

from django.db import migrations

watch = importlib.import_module("evaluations.leaderboards.migrations.0002_changes").watch

# The counters of an item change with each lease: only a change of what is gold is logged.
GOLD = """
CREATE FUNCTION log_gold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leaderboards_change (part, keys)
        VALUES ('gold', ARRAY[coalesce(NEW.version_id, OLD.version_id)]);
    RETURN NULL;
END $$;
CREATE TRIGGER judgments_item_gold_logged AFTER UPDATE ON judgments_item FOR EACH ROW
    WHEN ((OLD.is_gold, OLD.is_qualification) IS DISTINCT FROM (NEW.is_gold, NEW.is_qualification))
    EXECUTE FUNCTION log_gold();
CREATE TRIGGER judgments_item_gold_gone_logged AFTER DELETE ON judgments_item FOR EACH ROW
    WHEN (OLD.is_gold) EXECUTE FUNCTION log_gold();
"""
VERSION = "(SELECT version_id FROM judgments_item i WHERE i.id = item_id)"
KNOWN = f"{VERSION} IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("leaderboards", "0003_snapshot_definition_name"),
        ("judgments", "0009_repeats_index"),
    ]

    operations = [
        migrations.RunSQL(GOLD, "DROP FUNCTION IF EXISTS log_gold() CASCADE"),
        *(
            watch("judgments_goldanswer", "gold", VERSION, KNOWN, name)
            for name in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
        ),
        watch("runs_recipe", "all outputs", "id", "true", "UPDATE"),
    ]
