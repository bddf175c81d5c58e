from django.db import migrations

from evaluations.common.searching import searchable


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_suspended"), ("common", "0003_searching")]

    operations = [
        searchable("accounts_user", {"username": "A"}),
    ]
