from evaluations.runs.models.endpoints import (
    Dialect,
    Endpoint,
    Price,
    Probe,
)
from evaluations.runs.models.grids import (
    FirstWords,
    Grid,
)
from evaluations.runs.models.language_models import (
    LanguageModel,
    backends,
)
from evaluations.runs.models.misreadings import (
    Misreading,
)
from evaluations.runs.models.outputs import (
    Attempt,
    Environment,
    Grade,
    Output,
    OutputState,
    Pause,
    Purpose,
    Run,
    Step,
    Visibility,
)
from evaluations.runs.models.recipes import (
    Plan,
    Recipe,
    Strategy,
)
from evaluations.runs.models.records import (
    Likelihood,
    Response,
    SentPrompt,
)
from evaluations.runs.models.reports import (
    REPORT_REASONS,
    Report,
)
from evaluations.runs.models.seen import (
    SeenAnswered,
)
from evaluations.runs.models.stages import (
    Stage,
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
    "FirstWords",
    "Grade",
    "Grid",
    "LanguageModel",
    "Likelihood",
    "Misreading",
    "Output",
    "OutputState",
    "Pause",
    "Plan",
    "Price",
    "Probe",
    "Purpose",
    "Recipe",
    "Report",
    "Response",
    "Run",
    "SeenAnswered",
    "SentPrompt",
    "Stage",
    "Step",
    "Strategy",
    "Visibility",
    "Worker",
    "backends",
]
