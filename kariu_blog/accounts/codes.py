"""The codes of the second factor: those of authenticator apps (RFC 6238), and recovery codes."""

import json
from typing import Any

from flask import current_app
from flask_security import MfRecoveryCodesUtil, Totp
from markupsafe import Markup
from passlib.totp import TOTP
from qrcode import QRCode
from qrcode.image.svg import SvgPathFillImage

from kariu_blog.accounts.limits import digest
from kariu_blog.database import site_clock

RECOVERY_CODES = 8


class Codes(Totp):
    """The codes of authenticator apps, by the site's clock.  Each is good once."""

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        self._totp = TOTP.using(issuer=issuer, secrets=secrets, now=lambda: site_clock.timestamp())
        self._tags = secrets.keys()

    def can_decrypt(self, secret: str) -> bool:
        """Return False for a secret that was encrypted under another secret key of the site."""
        return json.loads(secret)["enckey"]["t"] in self._tags

    def generate_qrcode(self, username: str, totp: str) -> Markup:
        """Return an SVG element, because the policy for content allows no ``data:`` address."""
        code = QRCode(image_factory=SvgPathFillImage)
        code.add_data(self.get_totp_uri(username, totp))
        return Markup(code.make_image().to_string(encoding="unicode"))  # noqa: S704

    def get_last_counter(self, user: Any) -> int | None:
        counter: int | None = user.tf_last_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        user.tf_last_counter = tmatch.counter


class RecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes, of which the database holds digests alone."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        """Return new codes, the only time that they can be shown."""
        codes = list(current_app.extensions["security"].totp_factory.generate_recovery_codes(RECOVERY_CODES))
        user.mf_recovery_codes = [self._digest(code) for code in codes]
        return codes

    def get_recovery_codes(self, user: Any) -> list[str]:  # noqa: ARG002
        return []

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Use up a code, and return whether it was left."""
        left = user.mf_recovery_codes or []
        user.mf_recovery_codes = [each for each in left if each != self._digest(code)]
        return len(user.mf_recovery_codes) < len(left)

    def delete_recovery_code(self, user: Any, code: str) -> bool:  # noqa: ARG002  # it is used up already
        return True

    def _digest(self, code: str) -> str:
        return digest("recovery", code.strip().lower())
