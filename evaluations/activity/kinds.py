"""What can happen here: each kind of event, what is said of it, and who hears of it.

A kind that a stage tells of stands here first. Its sentence is kept with each event, so that what
was read once in a feed stays as it was: a changed sentence is for what happens from then on.
"""

from dataclasses import dataclass
from typing import Final

SITE: Final = "site"
NIGHTLY: Final = "nightly"
OWN: Final = "own"
LOG: Final = "log"
NOWHERE: Final = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event."""

    key: str
    sentence: str
    """With {title} and {number}; names nobody, since people may leave and hide their names."""
    many: str
    """Of several on the same thing in the notices, with {n} and {title}."""
    feed: str = NOWHERE
    """`SITE`: in every feed and on the front page; `NIGHTLY`: in that of the whole site, and not on
    the front page, which it would fill; `OWN`: in the feeds of what it is about; `LOG`: in that of
    the log of decisions alone."""
    notice: bool = False
    """Whether those who follow it hear of it; whoever is meant always does."""
    public: bool = True
    """Whether others than those who are meant may ever read it."""
    once: bool = False
    """Whether it is told of a thing once, however often it happens."""


KINDS: Final = {
    each.key: each
    for each in (
        Kind(
            "version-published",
            "Version {number} of the definition “{title}” was published",
            "{n} versions of the definition “{title}” were published",
            feed=SITE,
            notice=True,
        ),
        Kind(
            "definition-retired",
            "The definition “{title}” was retired",
            "The definition “{title}” was retired {n} times",
            feed=OWN,
            notice=True,
        ),
        Kind(
            "definition-restored",
            "The definition “{title}” was restored",
            "The definition “{title}” was restored {n} times",
            feed=OWN,
            notice=True,
        ),
        Kind(
            "definition-merged",
            "The definition “{title}” was merged into another",
            "The definition “{title}” was merged into others {n} times",
            feed=OWN,
            notice=True,
        ),
        Kind(
            "amendment-proposed",
            "Amendment {number} to “{title}” was proposed",
            "{n} amendments to “{title}” were proposed",
            feed=OWN,
            notice=True,
        ),
        Kind(
            "amendment-asked",
            "Something was asked about amendment {number} to “{title}”",
            "{n} things were asked about an amendment to “{title}”",
        ),
        Kind(
            "amendment-answered",
            "Amendment {number} to “{title}” was answered for",
            "{n} answers were given about an amendment to “{title}”",
        ),
        Kind(
            "amendment-accepted",
            "Amendment {number} to “{title}” was accepted",
            "{n} amendments to “{title}” were accepted",
            feed=OWN,
        ),
        Kind(
            "amendment-declined",
            "Amendment {number} to “{title}” was declined",
            "{n} amendments to “{title}” were declined",
            feed=OWN,
        ),
        Kind(
            "amendment-withdrawn",
            "Amendment {number} to “{title}” was withdrawn",
            "{n} amendments to “{title}” were withdrawn",
            feed=OWN,
        ),
        Kind(
            "snapshot-frozen",
            "A leaderboard of “{title}” was frozen",
            "{n} leaderboards of “{title}” were frozen",
            feed=SITE,
            notice=True,
        ),
        Kind(
            "snapshot-withdrawn",
            "A frozen leaderboard of “{title}” was withdrawn",
            "{n} frozen leaderboards of “{title}” were withdrawn",
            feed=SITE,
            notice=True,
        ),
        Kind(
            "collection-shown",
            "The collection “{title}” is public",
            "The collection “{title}” is public",
            feed=SITE,
            notice=True,
            once=True,
        ),
        Kind(
            "collection-frozen",
            "Version {number} of the collection “{title}” was frozen",
            "{n} versions of the collection “{title}” were frozen",
            feed=SITE,
            notice=True,
        ),
        Kind(
            "collection-featured",
            "The collection “{title}” was chosen for the front page",
            "The collection “{title}” was chosen for the front page {n} times",
            feed=SITE,
        ),
        Kind(
            "collection-retired",
            "The collection “{title}” was retired",
            "The collection “{title}” was retired {n} times",
            feed=OWN,
            notice=True,
        ),
        Kind(
            "collection-restored",
            "The collection “{title}” was restored",
            "The collection “{title}” was restored {n} times",
            feed=OWN,
        ),
        Kind(
            "collection-forked",
            "Somebody made a collection of their own from version {number} of “{title}”",
            "{n} people made collections of their own from “{title}”",
            public=False,
        ),
        Kind(
            "suggestion-made",
            "An item was suggested for “{title}”",
            "{n} items were suggested for “{title}”",
            public=False,
        ),
        Kind(
            "suggestion-accepted",
            "What you suggested for “{title}” was added",
            "{n} items that you suggested for “{title}” were added",
            public=False,
        ),
        Kind(
            "suggestion-declined",
            "What you suggested for “{title}” was declined",
            "{n} items that you suggested for “{title}” were declined",
            public=False,
        ),
        Kind(
            "statement-made",
            "A statement was made in the debate about “{title}”",
            "{n} statements were made in the debate about “{title}”",
            feed=OWN,
            notice=True,
        ),
        Kind(
            "statement-answered",
            "Your words in the debate about “{title}” were answered",
            "Your words in the debate about “{title}” were answered {n} times",
            public=False,
        ),
        Kind(
            "asked-what-it-means",
            "Somebody asked what a statement of yours about “{title}” means",
            "You were asked {n} times what statements of yours about “{title}” mean",
            public=False,
        ),
        Kind(
            "asked-for-an-example",
            "Somebody asked for an example of a statement of yours about “{title}”",
            "You were asked {n} times for examples of statements of yours about “{title}”",
            public=False,
        ),
        Kind(
            "still-holds",
            "Version {number} of “{title}” is in force: does what you said of an earlier one hold?",
            "{n} versions of “{title}” came since you spoke: does what you said still hold?",
            public=False,
        ),
        Kind(
            "debate-frozen",
            "The debate about version {number} of “{title}” was frozen",
            "The debate about “{title}” was frozen {n} times",
            feed=OWN,
        ),
        Kind(
            "data-released",
            "All that is public was released as data of {title}",
            "All that is public was released as data {n} times",
            feed=NIGHTLY,
        ),
        Kind(
            "decided",
            "A moderator decided about “{title}”",
            "Moderators decided {n} times about “{title}”",
            public=False,
        ),
        Kind(
            "decided-in-public",
            "Decided by moderators: {title}",
            "Moderators decided {n} times",
            feed=LOG,
        ),
        Kind(
            "moderation-waits",
            "Something waits for a moderator for more than a day",
            "You were reminded {n} times of what waits for a moderator",
            public=False,
        ),
    )
}
"""Every kind by its key. The public log of decisions is a table of its own, `Decision`, which is
written in the same moment as the event *decided* tells those whom it concerns."""

IN_DEBATES: Final = ("statement-made", "debate-frozen")
ON_THE_FRONT: Final = tuple(key for key, kind in KINDS.items() if kind.feed == SITE)
OF_THE_SITE: Final = tuple(key for key, kind in KINDS.items() if kind.feed in (SITE, NIGHTLY))
IN_FEEDS: Final = tuple(key for key, kind in KINDS.items() if kind.feed in (SITE, OWN))
IN_THE_LOG: Final = tuple(key for key, kind in KINDS.items() if kind.feed == LOG)
FOLLOWED: Final = tuple(key for key, kind in KINDS.items() if kind.notice)
