from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_judging"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="suspended_because",
            field=models.CharField(
                blank=True, help_text="The sentence that its owner reads.", max_length=280
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="suspended_until",
            field=models.DateTimeField(
                blank=True, help_text="Until then the account reads, and writes nothing.", null=True
            ),
        ),
    ]
