from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0007_grades_stand_apart"),
    ]

    operations = [
        migrations.AddField(
            model_name="languagemodel",
            name="is_archived",
            field=models.BooleanField(
                default=False, help_text="Not asked any more.", verbose_name="archived"
            ),
        ),
    ]
