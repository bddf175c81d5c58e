from django.db import migrations

from evaluations.common.searching import searchable


class Migration(migrations.Migration):
    dependencies = [("prompts", "0005_archived_prompts"), ("common", "0003_searching")]

    operations = [
        searchable("prompts_prompt", {"title": "A", "text": "B", "note": "C"}),
    ]
