from evaluations.runs.models.endpoints import (
    Dialect,
    Endpoint,
    Price,
    Probe,
)
from evaluations.runs.models.language_models import (
    LanguageModel,
    Recipe,
    Strategy,
    backends,
)
from evaluations.runs.models.outputs import (
    Attempt,
    Environment,
    Grade,
    Output,
    OutputState,
    Purpose,
    Run,
    Step,
    Visibility,
)
from evaluations.runs.models.reports import (
    REPORT_REASONS,
    Report,
)
from evaluations.runs.models.workers import (
    Worker,
)

__all__ = [
    "REPORT_REASONS",
    "Attempt",
    "Dialect",
    "Endpoint",
    "Environment",
    "Grade",
    "LanguageModel",
    "Output",
    "OutputState",
    "Price",
    "Probe",
    "Purpose",
    "Recipe",
    "Report",
    "Run",
    "Step",
    "Strategy",
    "Visibility",
    "Worker",
    "backends",
]
