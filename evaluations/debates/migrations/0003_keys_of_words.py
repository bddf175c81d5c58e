"""What two statements share that say the same is worked out anew: marks belong to their letters."""

from typing import Any

from django.db import migrations

from evaluations.debates.choices import MOST_KEY
from evaluations.debates.wording import key_of

GUARD = "ALTER TABLE debates_statement {} TRIGGER debates_statement_append_only"


def tell_anew(apps: Any, editor: Any) -> None:
    """Write the key of each statement, but for those that would say what another does there."""
    found = apps.get_model("debates", "Statement")._base_manager.order_by("pk")
    rows = list(found.only("version", "text", "text_key", "is_current", "retired_at"))
    standing = {row.pk for row in rows if row.is_current and row.retired_at is None}
    taken = {(row.version_id, row.text_key) for row in rows if row.pk in standing}
    changed = []
    for row in rows:
        key = key_of(row.text)
        clashes = row.pk in standing and (row.version_id, key) in taken
        if key != row.text_key and 0 < len(key) <= MOST_KEY and not clashes:
            row.text_key = key
            changed.append(row)
            if row.pk in standing:
                taken.add((row.version_id, key))
    found.bulk_update(changed, ["text_key"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("debates", "0002_guards")]
    operations = [
        migrations.RunSQL(GUARD.format("DISABLE"), GUARD.format("ENABLE")),
        migrations.RunPython(tell_anew, migrations.RunPython.noop),
        migrations.RunSQL(GUARD.format("ENABLE"), GUARD.format("DISABLE")),
    ]
