from evaluations.judgments.models.aside import SetAside
from evaluations.judgments.models.blocks import Block, BlockCriterion
from evaluations.judgments.models.by_hand import (
    LICENCE,
    Consent,
    PassedPrompt,
    Writing,
    WrittenByHand,
)
from evaluations.judgments.models.comparisons import Comparison, Preference
from evaluations.judgments.models.evidence import FirstError, Mark, Part, StepLabel, StepRole
from evaluations.judgments.models.findings import Finding, Source
from evaluations.judgments.models.judges import Judge, JudgeKind, JudgePrompt
from evaluations.judgments.models.judging import (
    Answer,
    Draft,
    GuestCheck,
    Judgment,
    Reveal,
    Skip,
    Value,
    Way,
)
from evaluations.judgments.models.opinions import ImportedOpinion, Opinion, OpinionState
from evaluations.judgments.models.protocols import (
    Access,
    GoldAnswer,
    Item,
    Lease,
    Member,
    Protocol,
    ProtocolBlock,
    ProtocolDefinition,
    ProtocolVersion,
    SkipPolicy,
    StepMode,
    Subject,
)
from evaluations.judgments.models.review import Adjudication, Reason
from evaluations.judgments.models.skipping import SkippedItem

__all__ = [
    "LICENCE",
    "Access",
    "Adjudication",
    "Answer",
    "Block",
    "BlockCriterion",
    "Comparison",
    "Consent",
    "Draft",
    "Finding",
    "FirstError",
    "GoldAnswer",
    "GuestCheck",
    "ImportedOpinion",
    "Item",
    "Judge",
    "JudgeKind",
    "JudgePrompt",
    "Judgment",
    "Lease",
    "Mark",
    "Member",
    "Opinion",
    "OpinionState",
    "Part",
    "PassedPrompt",
    "Preference",
    "Protocol",
    "ProtocolBlock",
    "ProtocolDefinition",
    "ProtocolVersion",
    "Reason",
    "Reveal",
    "SetAside",
    "Skip",
    "SkipPolicy",
    "SkippedItem",
    "Source",
    "StepLabel",
    "StepMode",
    "StepRole",
    "Subject",
    "Value",
    "Way",
    "Writing",
    "WrittenByHand",
]
