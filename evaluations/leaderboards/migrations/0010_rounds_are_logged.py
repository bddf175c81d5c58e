"""What is said in a round is in the matrix once the round is closed: the log says when."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER judgments_protocol_visibility_logged AFTER UPDATE ON judgments_protocol FOR EACH ROW
WHEN (OLD.visibility IS DISTINCT FROM NEW.visibility{more})
EXECUTE FUNCTION log_visibility()
"""
ROUNDS = """
    OR (OLD.closed_at IS NULL) <> (NEW.closed_at IS NULL)
        AND (OLD.ends_at IS NOT NULL OR NEW.ends_at IS NOT NULL)
"""
GONE = "DROP TRIGGER IF EXISTS judgments_protocol_visibility_logged ON judgments_protocol"


class Migration(migrations.Migration):
    dependencies = [
        ("leaderboards", "0009_shown_definition"),
        ("judgments", "0016_rounds"),
    ]

    operations = [
        migrations.RunSQL(GONE, TRIGGER.format(more="")),
        migrations.RunSQL(TRIGGER.format(more=ROUNDS), GONE),
    ]
