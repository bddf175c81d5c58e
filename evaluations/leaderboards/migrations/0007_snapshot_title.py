from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leaderboards", "0006_set_aside_is_logged")]

    operations = [
        migrations.AddField(
            model_name="snapshot",
            name="title",
            field=models.CharField(
                blank=True,
                default="",
                help_text="What it is cited for, by who froze it.",
                max_length=120,
            ),
            preserve_default=False,
        ),
    ]
