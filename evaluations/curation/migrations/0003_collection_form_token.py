from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="collection",
            name="form_token",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
    ]
