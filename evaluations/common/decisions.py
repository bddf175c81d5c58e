"""What a moderator decides is told to whoever keeps the public log, far above."""

from django.dispatch import Signal

decided = Signal()
"""Sent in the action's transaction with `about` (the row), `actor` (whose decision it is), `verb`,
`kind` and `label` of what it is about, its `url`, a `reason` code and a public `sentence`; "" for
what is not said.
`concerns` are the keys of the accounts that are meant, None among them being nobody."""
