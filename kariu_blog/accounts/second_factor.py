"""The second factor of a person: what Flask-Security stores and asks for."""

from typing import Any

from flask import current_app
from flask_security.core import UserMixin
from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column


class SecondFactor(UserMixin):
    """The columns and rules of somebody's second factor: a mixin.  Flask-Security names the columns."""

    username: Mapped[str]
    role: Mapped[Any]
    tf_primary_method: Mapped[str | None] = mapped_column(String(20))
    """``authenticator`` once it is set up."""
    tf_totp_secret: Mapped[str | None] = mapped_column(Text)
    """Encrypted under the secret key."""
    tf_last_counter: Mapped[int | None]
    """Counter of the code that was used last, because a code is good for one sign-in."""
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Digests of the codes that are left.  None: never made."""

    @property
    def has_second_factor(self) -> bool:
        return bool(self.tf_primary_method and self.tf_totp_secret)

    def check_tf_required_setup(self) -> bool:
        """Return whether the role must have a second factor."""
        return self.role in current_app.config["SECOND_FACTOR"]

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Return whether this sign-in takes a second factor, which is set up first if there is none."""
        return (bool(tf_setup_methods) or self.check_tf_required_setup()) and not tf_fresh, tf_setup_methods

    def calc_username(self) -> str:
        """Return the name under which authenticator apps list the account."""
        return self.username

    def remove_second_factor(self) -> None:
        self.tf_primary_method = self.tf_totp_secret = self.tf_last_counter = self.mf_recovery_codes = None
