from evaluations.api.models import ApiKey
from evaluations.common.read_only_admin import read_only

read_only(
    ApiKey,
    "name prefix person scope expires_on last_used_on revoked_at",
    "scope",
    "name prefix person__username",
    exclude=("sha256",),
)
