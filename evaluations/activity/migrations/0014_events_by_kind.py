from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activity", "0013_which_runs_decisions_are_about")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["kind", "-id"], name="event_of_kind"),
        ),
    ]
