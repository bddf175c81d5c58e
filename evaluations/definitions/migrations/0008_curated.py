import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SHIPPED = """
UPDATE definitions_definition SET curated_at = created_at WHERE catalogue_digest <> ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("definitions", "0007_whose_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="definition",
            name="curated_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="Since when the front page and the matrix show it: shipped, or marked "
                "by staff.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="definition",
            name="curated_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(SHIPPED, migrations.RunSQL.noop),
    ]
