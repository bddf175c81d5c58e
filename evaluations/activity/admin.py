from evaluations.activity.models import Appeal, Decision, Event, Flag
from evaluations.common.read_only_admin import read_only

read_only(Decision, "created_at verb kind label reason sentence actor", "verb kind reason", "label")
read_only(Appeal, "made_at decision words decided_at upheld", "upheld", "words")
read_only(Event, "at kind sentence actor public", "kind public", "sentence")
read_only(Flag, "made_at reason words flagger decided_at upheld", "reason upheld", "words")
