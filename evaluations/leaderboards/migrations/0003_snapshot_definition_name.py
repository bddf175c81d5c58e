from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leaderboards", "0002_changes")]

    operations = [
        migrations.AddField(
            model_name="snapshot",
            name="definition_name",
            field=models.CharField(
                blank=True,
                default="",
                help_text="What the definition was called on that day.",
                max_length=120,
            ),
            preserve_default=False,
        ),
    ]
