from evaluations.common.read_only_admin import read_only
from evaluations.exchange.models import ImportJob, ImportPart

read_only(
    ImportJob, "id name format size state by at", "state format", "name by__username",
    exclude=["refused"],
)  # fmt: skip
read_only(ImportPart, "id job companion number", "companion", "job__name", exclude=["data"])
