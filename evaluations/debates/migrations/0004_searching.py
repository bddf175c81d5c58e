from django.db import migrations

from evaluations.common.searching import searchable


class Migration(migrations.Migration):
    dependencies = [("debates", "0003_merged"), ("common", "0003_searching")]

    operations = [
        searchable(
            "debates_statement",
            {"text": "B", "source": "C"},
            where="is_current AND retired_at IS NULL",
        ),
    ]
