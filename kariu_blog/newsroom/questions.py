"""Questions before an act that hides a text from readers, or dates a translation as nobody chose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kariu_blog.newsroom.forms import PostForm
from kariu_blog.posts.post import PostTranslation
from kariu_blog.posts.publication import has_come

ANSWERS = {
    "hide": ("keep", "hide"),
    "withdraw": ("withdraw",),
    "unschedule": ("withdraw",),
    "date": ("now", "original"),
}
"""Answers after which the act goes on, by kind of question."""
OLD = timedelta(days=7)
"""Age of a post from which its date is offered for a new translation."""


@dataclass(frozen=True)
class Question:
    """``kind`` chooses the words in the template, which name ``moment``."""

    kind: str
    languages: tuple[str, ...]
    moment: datetime | None = None

    def is_answered_by(self, answer: str) -> bool:
        return answer in ANSWERS[self.kind]


def before_publication(form: PostForm, languages: Sequence[str]) -> Question | None:
    """Ask when a public text gets a future time, and which date a late translation has."""
    panes = {code: form.panes[code] for code in languages}
    for code, pane in panes.items():
        moment = pane.publish_at.moment
        is_hiding = pane.translation and pane.translation.is_public and not pane.has_unseen
        if is_hiding and moment and not has_come(moment):
            return Question("hide", (code,), moment)
    original = form.post.first_published_at if form.post else None
    if original is None or not has_come(original + OLD):
        return None
    late = [code for code, pane in panes.items() if not (pane.translation and pane.translation.was_published)]
    undated = [code for code in late if not panes[code].publish_at.moment]
    return Question("date", tuple(undated), original) if undated else None


def before_withdrawal(translation: PostTranslation | None) -> Question | None:
    """Ask before readers lose a text, or one that is scheduled becomes a draft."""
    if translation is None or not translation.is_live_or_scheduled:
        return None
    kind = "withdraw" if translation.is_public else "unschedule"
    return Question(kind, (translation.language,), translation.published_at)
