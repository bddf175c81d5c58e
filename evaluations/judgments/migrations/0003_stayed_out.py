"""Who stays out of data releases goes on staying out when the account is gone."""

from django.db import migrations, models

# Whatever road an account is deleted by: its own page, the administration, a shell.
STAY_OUT = """
CREATE FUNCTION judgments_stay_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.stayed_out := coalesce(
        (SELECT stays_out FROM accounts_user WHERE id = OLD.user_id), OLD.stayed_out);
    RETURN NEW;
END $$;
CREATE TRIGGER judgments_judge_stays_out BEFORE UPDATE OF user_id ON judgments_judge FOR EACH ROW
    WHEN (OLD.user_id IS NOT NULL AND NEW.user_id IS NULL) EXECUTE FUNCTION judgments_stay_out();
"""
AS_BEFORE = "DROP FUNCTION IF EXISTS judgments_stay_out() CASCADE"


class Migration(migrations.Migration):
    dependencies = [
        ("judgments", "0002_guards"),
        ("accounts", "0003_stays_out"),
    ]

    operations = [
        migrations.AddField(
            model_name="judge",
            name="stayed_out",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="Whether a deleted account had its judgments left out of data releases.",
            ),
        ),
        migrations.RunSQL(STAY_OUT, AS_BEFORE),
    ]
