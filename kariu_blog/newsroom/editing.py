"""Decisions about the form of a post: what of it can be saved, and what an unsaved draft of it holds.

They depend on digests and on the values of fields alone: no request, no form, no database.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Status(StrEnum):
    """What became of a part of the form since it was filled."""

    UNTOUCHED = "untouched"
    CHANGED = "changed"
    CONFLICT = "conflict"
    """Changed in the form and by somebody else."""
    LOCKED = "locked"
    """Changed in the form by somebody who may not, or may no longer because it was published meanwhile."""


@dataclass(frozen=True)
class Part:
    """One language of the form, or the fields that all languages share: each version of it as a digest.

    A digest is empty where there is nothing.
    """

    base: str
    """What the form was filled from."""
    saved: str
    """What the database holds now."""
    typed: str
    """What the database would hold if this were saved."""
    base_state: str = ""
    """State token that the form was filled with."""
    saved_state: str = ""
    may_edit: bool = True

    @property
    def status(self) -> Status:
        if not self.saved:
            return Status.UNTOUCHED if not self.typed else Status.CHANGED if self.may_edit else Status.LOCKED
        if self.typed in (self.base, self.saved):
            return Status.UNTOUCHED
        if not self.may_edit:
            return Status.LOCKED if self.base else Status.UNTOUCHED
        return Status.CONFLICT if self.is_outdated else Status.CHANGED

    @property
    def is_outdated(self) -> bool:
        """True if what is saved is neither what the form was filled from nor what was typed."""
        return bool(self.saved) and self.saved not in (self.base, self.typed)

    @property
    def is_current(self) -> bool:
        """True if the form showed what is saved, and how far its publication is."""
        return not self.is_outdated and self.saved_state in ("", self.base_state)

    def shown(self) -> "Part":
        """Return the part as it is once the form shows what is saved."""
        return replace(self, base=self.saved, typed=self.saved, base_state=self.saved_state)

    @property
    def is_edited(self) -> bool:
        """True if anything was typed since the form was filled, even if it is saved by now."""
        return self.typed != self.base


def part_of(field: str) -> str:
    """Return the language of a field, or the name of a field that all languages share."""
    return field.split("-")[0]


def of_parts(fields: Mapping[str, str], parts: Collection[str]) -> dict[str, str]:
    """Return the fields that belong to any of ``parts``."""
    return {field: value for field, value in fields.items() if part_of(field) in parts}


def merged(draft: Mapping[str, str], sent: Mapping[str, str]) -> dict[str, str]:
    """Return a draft's fields after one tab sent its own: parts that it did not send are those of other tabs."""
    others = {part_of(field) for field in draft} - {part_of(field) for field in sent}
    return {**of_parts(draft, others), **sent}
