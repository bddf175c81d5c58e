from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("judgments", "0010_no_repeated_items")]

    operations = [
        migrations.AddField(
            model_name="skippeditem",
            name="carried",
            field=models.BooleanField(default=False),
        ),
    ]
