from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0004_placed_statements"),
    ]

    operations = [
        migrations.AddField(
            model_name="collection",
            name="own_retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="collection",
            name="own_retired_because",
            field=models.CharField(blank=True, max_length=280),
        ),
    ]
