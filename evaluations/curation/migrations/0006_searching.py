from django.db import migrations

from evaluations.common.searching import searchable


class Migration(migrations.Migration):
    dependencies = [("curation", "0005_own_retiring"), ("common", "0003_searching")]

    operations = [searchable("curation_collection", {"title": "A", "why": "B"})]
