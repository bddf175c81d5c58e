"""What boards name of definitions is logged too: each web process keeps them."""

from importlib import import_module

from django.db import migrations

watch = import_module("evaluations.leaderboards.migrations.0003_changes").watch

PUBLISHED = "state <> ''draft''"
WATCHED = (
    ("definitions_definition", "id", "true", "UPDATE DELETE TRUNCATE"),
    ("definitions_definitionversion", "id", PUBLISHED, "INSERT UPDATE DELETE TRUNCATE"),
    ("definitions_pin", "definition_version_id", "true", "INSERT UPDATE DELETE TRUNCATE"),
)

# Who wrote a definition is named beside it. Users change with each sign-in: only names matter.
NAMES = """
CREATE FUNCTION log_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leaderboards_change (part, keys) VALUES ('definitions', NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_user_names_logged AFTER UPDATE ON accounts_user FOR EACH ROW
    WHEN ((OLD.username, OLD.hides_name, OLD.is_unlisted, OLD.is_active)
        IS DISTINCT FROM (NEW.username, NEW.hides_name, NEW.is_unlisted, NEW.is_active))
    EXECUTE FUNCTION log_names();
"""
WITHOUT = """
DROP TRIGGER IF EXISTS accounts_user_names_logged ON accounts_user;
DROP FUNCTION IF EXISTS log_names()
"""


class Migration(migrations.Migration):
    dependencies = [("leaderboards", "0003_changes"), ("accounts", "0001_initial")]
    operations = [
        *(
            watch(table, "definitions", key, condition, name)
            for table, key, condition, statements in WATCHED
            for name in statements.split()
        ),
        migrations.RunSQL(NAMES, WITHOUT),
    ]
