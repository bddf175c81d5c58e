from django.core.management import call_command
from django.db import migrations

from evaluations.common.append_only import create_function


def create_cache_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]

    operations = [
        create_function(),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
