from django.db import migrations

from evaluations.common.append_only import FUNCTION
from evaluations.common.searching import CONFIGURATION, WITHOUT_CONFIGURATION


class Migration(migrations.Migration):
    dependencies = [("common", "0002_shared_by_processes")]

    operations = [
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        migrations.RunSQL(CONFIGURATION, WITHOUT_CONFIGURATION),
    ]
