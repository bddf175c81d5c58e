"""Criteria and definitions: what is asked, and the rules that answer.

A wording never changes once it is in force: a change is a new version. PostgreSQL refuses the
rewriting of criterion versions, and of definition versions that are no longer drafts.
"""

from evaluations.definitions.models.criteria import (
    AnsweredBy,
    Criterion,
    CriterionVersion,
    Level,
    known,
)
from evaluations.definitions.models.definitions import (
    AbsencePolicy,
    Definition,
    DefinitionVersion,
    Kind,
    PartlyPolicy,
    Pin,
    State,
    StateChange,
    Verification,
    Wording,
    as_dict,
)
from evaluations.definitions.models.proposals import (
    Proposal,
    ProposalMessage,
    ProposalState,
    Remark,
)
from evaluations.definitions.models.relations import Follows, Relation

__all__ = [
    "AbsencePolicy",
    "AnsweredBy",
    "Criterion",
    "CriterionVersion",
    "Definition",
    "DefinitionVersion",
    "Follows",
    "Kind",
    "Level",
    "PartlyPolicy",
    "Pin",
    "Proposal",
    "ProposalMessage",
    "ProposalState",
    "Relation",
    "Remark",
    "State",
    "StateChange",
    "Verification",
    "Wording",
    "as_dict",
    "known",
]
