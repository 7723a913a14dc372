"""A real SMTP server on the loopback interface, and what it got."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.serving import free_port


class Mailbox:
    """Keeps what arrives.  ``reply`` is said to a recipient instead of taking the mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.reply = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if not self.reply:
            envelope.rcpt_tos.append(address)
        return self.reply or "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 OK"

    def link(self) -> tuple[str, str]:
        """Return address and token of the link in the newest mail."""
        found = re.search(r"(https?://\S+)#(\S+)", text(self.mails[-1]))
        assert found is not None
        return found[1], found[2]


def text(mail: EmailMessage) -> str:
    return str(mail.get_content())


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    """Yield the mailbox and the address of its server."""
    mailbox, port = Mailbox(), int(free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
