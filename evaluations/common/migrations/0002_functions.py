"""What tables of all stages need: the guard of their rows, how words are found, the shared cache."""

from django.core.management import call_command
from django.db import migrations

from evaluations.common.append_only import create_function
from evaluations.common.searching import CONFIGURATION, WITHOUT_CONFIGURATION


def create_cache_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    replaces = [("common", "0002_shared_by_processes"), ("common", "0003_searching")]
    dependencies = [("common", "0001_initial")]
    operations = [
        create_function(),
        migrations.RunSQL(CONFIGURATION, WITHOUT_CONFIGURATION),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
