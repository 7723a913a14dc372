"""Figures of one year about its languages: how much of what is published stands in each, and how soon."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from kariu_blog.languages import KAZAKH, LANGUAGES, RUSSIAN, month_of


@dataclass(frozen=True)
class Published:
    """A post that readers see."""

    id: int
    category_id: int
    first_published_at: datetime
    texts: dict[str, tuple[datetime, int]]
    """By language, when its text was published, and how many letters it has."""

    @property
    def month(self) -> date:
        return month_of(self.first_published_at)


@dataclass(frozen=True)
class Figures:
    """What a number of posts have in common."""

    posts: int
    texts: Mapping[str, int]
    """How many of them stand in each language."""
    delays: Mapping[str, timedelta | None]
    """Median time from the first language of a post to this one; None without a text that came later."""
    kazakh_to_russian: float | None
    """Letters in Kazakh for one in Russian, in posts that have both; None without such a post."""

    @classmethod
    def of(cls, posts: Iterable[Published]) -> "Figures":
        found = list(posts)
        later: dict[str, list[float]] = {code: [] for code in LANGUAGES}
        for post in found:
            first = min(at for at, _letters in post.texts.values())
            for code, (at, _letters) in post.texts.items():
                later[code] += [(at - first).total_seconds()] if at > first else []
        both = [post for post in found if {KAZAKH, RUSSIAN} <= post.texts.keys()]
        russian = sum(post.texts[RUSSIAN][1] for post in both)
        return cls(
            len(found),
            {code: sum(code in post.texts for post in found) for code in LANGUAGES},
            {code: timedelta(seconds=median(times)) if times else None for code, times in later.items()},
            sum(post.texts[KAZAKH][1] for post in both) / russian if russian else None,
        )

    def share(self, language: str) -> float:
        """Return the part of the posts that stand in a language, from 0 to 1."""
        return self.texts[language] / self.posts if self.posts else 0.0


@dataclass(frozen=True)
class Report:
    """A year, by months and by categories."""

    whole: Figures
    months: Mapping[date, Figures]
    categories: Mapping[int, Figures]
    rows: Mapping[tuple[date, int], Figures]
    """Each month of each category."""

    @classmethod
    def of(cls, posts: Iterable[Published]) -> "Report":
        found = sorted(posts, key=lambda post: (post.month, post.category_id))
        months: dict[date, list[Published]] = {}
        categories: dict[int, list[Published]] = {}
        rows: dict[tuple[date, int], list[Published]] = {}
        for post in found:
            months.setdefault(post.month, []).append(post)
            categories.setdefault(post.category_id, []).append(post)
            rows.setdefault((post.month, post.category_id), []).append(post)
        return cls(
            Figures.of(found),
            {month: Figures.of(some) for month, some in months.items()},
            {category: Figures.of(some) for category, some in categories.items()},
            {row: Figures.of(some) for row, some in rows.items()},
        )
