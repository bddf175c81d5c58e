import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0002_rounds"),
    ]

    operations = [
        migrations.AddField(
            model_name="round",
            name="form_token",
            field=models.UUIDField(
                default=uuid.uuid4,
                help_text="Made with the form: a second sending is the same round.",
            ),
        ),
    ]
