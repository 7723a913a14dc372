"""Translation catalogues, compiled when the application starts."""

import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from kariu_blog.config import ROOT, ConfigurationError
from kariu_blog.languages import CATALOGUES

DIRECTORY = ROOT / "translations"
DOMAINS = ("messages", "flask_security")


def compile_all(directory: Path = DIRECTORY) -> None:
    """Write each ``.mo`` that is missing or older than its ``.po``.

    Raises ConfigurationError for a missing catalogue: without one, gettext would be silently English.
    """
    for language in CATALOGUES:
        for domain in DOMAINS:
            source = directory / language / "LC_MESSAGES" / f"{domain}.po"
            if not source.exists():
                raise ConfigurationError(f"The catalogue {source} is missing: every page needs all three languages.")
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
