from django.db import migrations

from evaluations.common.searching import searchable


class Migration(migrations.Migration):
    dependencies = [("runs", "0008_archived_models"), ("common", "0003_searching")]

    operations = [
        # Rows that wait or are being written are not in the index, so the queue never writes to it.
        searchable("runs_output", {"text": "C"}, where="state = 'done' AND withdrawn_at IS NULL"),
    ]
