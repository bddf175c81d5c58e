from evaluations.common.read_only_admin import read_only
from evaluations.exchange.models import (
    DataRelease,
    ImportJob,
    ImportPart,
    StudyExport,
    StudyExportPart,
)

read_only(
    ImportJob, "id name format size state by at", "state format", "name by__username",
    exclude=["refused"],
)  # fmt: skip
read_only(ImportPart, "id job companion number", "companion", "job__name", exclude=["data"])
read_only(
    StudyExport, "id state frozen protocol run collection by at", "state frozen", "by__username"
)
read_only(StudyExportPart, "id export number", "", "export__by__username", exclude=["data"])
read_only(DataRelease, "id day digest path size made_at", "day", "digest")
