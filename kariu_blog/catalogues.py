"""Translation catalogues, compiled when the application starts."""

import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from kariu_blog.config import ROOT
from kariu_blog.languages import ENGLISH, LANGUAGES

DIRECTORY = ROOT / "translations"
DOMAINS = ("messages", "flask_security")


def sources(language: str, directory: Path = DIRECTORY) -> list[Path]:
    """Return the catalogues of a language, none for English, whose messages are the ids."""
    folder = directory / language / "LC_MESSAGES"
    return [] if language == ENGLISH else [folder / f"{domain}.po" for domain in DOMAINS]


def compile_all(directory: Path = DIRECTORY) -> None:
    """Write each ``.mo`` that is missing or older than its ``.po``."""
    for source in (source for language in LANGUAGES for source in sources(language, directory)):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            _compile(source, target)


def _compile(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        catalogue = read_po(file)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as compiled:
        write_mo(compiled, catalogue)
    Path(compiled.name).chmod(0o644)
    Path(compiled.name).replace(target)  # at once, since several workers start together
