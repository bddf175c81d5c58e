"""What a probe found is kept by the name of the model that it asked for."""

from django.db import migrations


def keep_by_model(apps, schema_editor):
    """A record of before goes to the model whose probe found it; one of no probe is forgotten."""
    probes = apps.get_model("runs", "Probe").objects.order_by("-pk")
    for endpoint in apps.get_model("runs", "Endpoint").objects.exclude(capabilities={}):
        found = endpoint.capabilities
        probe = probes.filter(endpoint=endpoint, found=found).first()
        endpoint.capabilities = {probe.model: found} if probe else {}
        endpoint.save(update_fields=["capabilities"])


def keep_the_newest(apps, schema_editor):
    """Of each endpoint the record that the newest probe found."""
    probes = apps.get_model("runs", "Probe").objects.order_by("-pk")
    for endpoint in apps.get_model("runs", "Endpoint").objects.exclude(capabilities={}):
        found = list(endpoint.capabilities.values())
        probe = probes.filter(endpoint=endpoint, found__in=found).first()
        endpoint.capabilities = probe.found if probe else {}
        endpoint.save(update_fields=["capabilities"])


class Migration(migrations.Migration):
    dependencies = [("runs", "0012_endpoints")]
    operations = [migrations.RunPython(keep_by_model, keep_the_newest)]
