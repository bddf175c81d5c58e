from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("judgments", "0007_skipped_item")]

    operations = [
        migrations.AddField(
            model_name="judgment",
            name="is_repeat",
            field=models.BooleanField(
                default=False,
                help_text="The judge answered this page before and was asked again, to tell how "
                "steady they are. Its answers are never in force.",
            ),
        ),
        migrations.AddField(
            model_name="comparison",
            name="masked",
            field=models.BooleanField(
                default=False,
                help_text="Names that give a model away were masked in one of the two, or both.",
            ),
        ),
        # What is frozen already asks as it did: only versions that are made from now on repeat.
        migrations.AddField(
            model_name="protocolversion",
            name="repeat_share",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="protocolversion",
            name="repeat_share",
            field=models.PositiveSmallIntegerField(
                default=5,
                help_text="Percent of served outputs that the judge did before, asked again; "
                "off at 0.",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocolversion",
            constraint=models.CheckConstraint(
                condition=models.Q(repeat_share__lte=20), name="protocol_repeats_range"
            ),
        ),
    ]
