from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activity", "0011_what_appeals_brought_back")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="takes_part",
            field=models.BooleanField(
                default=False,
                help_text="Whether who decided said something or voted in that debate.",
            ),
        ),
    ]
