from django.db import migrations, models


class Migration(migrations.Migration):
    """What failed, or was worded anew, is asked again: only one asking at a time may wait."""

    dependencies = [("judgments", "0005_append_only_judging")]

    operations = [
        migrations.RemoveConstraint(model_name="opinion", name="opinion_once"),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.UniqueConstraint(
                models.F("judge"),
                models.F("output"),
                models.F("block"),
                models.F("prompt_version"),
                condition=models.Q(("state", "waiting")),
                name="opinion_one_waiting",
            ),
        ),
    ]
