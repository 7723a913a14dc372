"""The content of a translation: what its authors write."""

import hashlib

TITLE_LENGTH = 200
SUMMARY_LENGTH = 500
NOTE_LENGTH = 500
BODY_LENGTH = 300_000


def text_digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:16]
