"""Documents as people send them, and files in the library."""

import io
import zipfile
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Flask

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.media import storage
from kariu_blog.media.file_models import File, FileVersion
from kariu_blog.media.kinds import TYPES
from kariu_blog.media.views import folder
from tests.support.browsing import Browser

NO_PARTS: Mapping[str, bytes] = MappingProxyType({})
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)


def archive(parts: dict[str, bytes], *, stored: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP file; the part named ``stored`` is not compressed, as an ODF's type must not be."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content, zipfile.ZIP_STORED if name == stored else None)
    return buffer.getvalue()


def office(suffix: str, parts: Mapping[str, bytes] = NO_PARTS) -> bytes:
    """The smallest document of a new Office, with further parts."""
    return archive({"[Content_Types].xml": office_types(suffix), "main.xml": b"<main/>", **parts})


def office_types(suffix: str) -> bytes:
    return f'<Types><Override PartName="/main.xml" ContentType="{TYPES[suffix]}.main+xml"/></Types>'.encode()


def open_document(suffix: str, parts: Mapping[str, bytes] = NO_PARTS) -> bytes:
    manifest = {"META-INF/manifest.xml": b"<manifest/>"}
    whole = {"mimetype": TYPES[suffix].encode(), "content.xml": b"<content/>", **manifest, **parts}
    return archive(whole, stored="mimetype")


def a_file(app: Flask, content: bytes = PDF) -> int:
    """The id of a file that the admin has sent."""
    with app.test_request_context(), storage.lock(folder()):
        name = storage.store_document(folder(), io.BytesIO(content))
        admin = db.session.query(Staff).filter_by(username="admin").one()
        digest, suffix = name.split(".")
        about = {"suffix": suffix, "bytes": len(content), "name": f"file.{suffix}", "uploaded_by": admin}
        file = File(uploaded_by=admin, versions=[FileVersion(digest=digest, **about)])
        file.name_in({"kk": "Бұйрық", "ru": "Приказ", "en": "Order"})
        db.session.add(file)
        db.session.commit()
        return file.id


def token(browser: Browser) -> str:
    page = browser.get("/en/staff/files")
    return page.fields(page.form("Send")[0])["csrf_token"]


def send(browser: Browser, *files: tuple[str, bytes], language: str = "en", to: str = "", status: int = 201) -> Any:
    """Send files as the newsroom's script does; the parsed answer."""
    answer = browser.client.post(
        f"/{language}/staff/files{to}",
        data={"files": [(io.BytesIO(data), name) for name, data in files]},
        headers={"Accept": "application/json", "X-CSRFToken": token(browser)},
    )
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def sent(browser: Browser, data: bytes = PDF, name: str = "a.pdf") -> Any:
    [file] = send(browser, (name, data))["files"]
    return file
