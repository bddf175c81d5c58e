"""Accounts are found by their names."""

from django.db import migrations

from evaluations.common.searching import searchable


class Migration(migrations.Migration):
    replaces = [
        ("accounts", "0002_judging"),
        ("accounts", "0003_suspended"),
        ("accounts", "0004_searching"),
        ("accounts", "0005_notices"),
        ("accounts", "0006_digests_and_pages"),
        ("accounts", "0007_hiding"),
        ("accounts", "0008_hides_name"),
    ]
    dependencies = [("accounts", "0001_initial"), ("common", "0002_functions")]
    operations = [
        searchable("accounts_user", {"username": "A"}),
    ]
