"""E-mail by SMTP: links to choose a password, from the outbox, and what others send.

The token of a link is made when its mail is sent, so neither the outbox nor a backup ever holds one.
"""

import ssl
from collections.abc import Callable
from datetime import timedelta
from email.header import Header
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate, make_msgid
from functools import partial
from smtplib import SMTP, SMTP_SSL, SMTPException, SMTPRecipientsRefused
from urllib.parse import unquote, urlsplit

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kariu_blog import outbox
from kariu_blog.accounts.links import PATH, new_link, new_token
from kariu_blog.accounts.models import AccountLink, Staff
from kariu_blog.database import db, now
from kariu_blog.languages import DEFAULT, LANGUAGES, format_moment
from kariu_blog.routing import absolute

KIND = "mail"
"""Of the messages in the outbox: each holds the id of a link, or language and account of a forgotten password."""
REMINDER = "reminder"
"""Kind of the messages each of which holds the id of a person whom something waits for."""
ANSWER_SECONDS = 20.0
RETRY_SECONDS_MAX = 900
ONE_MAIL_EVERY = timedelta(minutes=5)
"""How often a forgotten password is answered by a mail, so that nobody's mailbox can be flooded."""
PERMANENT = 500
"""Replies of an SMTP server from here on are final (RFC 5321, section 4.2.1)."""
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def is_configured() -> bool:
    return bool(current_app.config["SMTP_URL"])


def hand_over(link: AccountLink) -> str:
    """Send the link by mail; return its address instead, to be shown once, where no mail can be sent."""
    db.session.flush()
    if not (is_configured() and link.staff.email):
        return _address(link, new_token(link))
    outbox.enqueue(db.session(), KIND, [str(link.id)])
    return ""


def send_reset(account: str, language: str) -> None:
    """Send a link to whoever has this account.  Whether anybody has it is asked later, for equal answers."""
    outbox.enqueue(db.session(), KIND, [f"{language} {account}"])


def transmit(person: Staff, words: Callable[[str], tuple[str, str]]) -> str:
    """Send a mail; ``words`` returns subject and text in the language that it is given, the person's.

    Return ``refused`` if the server refuses the address for good.  Raises OSError to be tried again.
    """
    try:
        _submit(_message(person, words))
    except (SMTPException, OSError) as error:
        if not _is_final(error):
            raise
        return "refused"
    return ""


def waiting() -> int:
    """Return how many mails have not been sent."""
    return sum(outbox.waiting(db.session(), kind) for kind in (KIND, REMINDER))


def send(payload: str) -> None:
    """Send the mail with one link.  Raises OSError to be called again; a refusal of the address is final.

    The outbox keeps its message locked meanwhile, so the link is written in a session of its own.
    """
    with Session(db.engine) as session:
        link = _link_of(session, payload)
        if link is None or link.used_at or link.expires_at <= now() or not (link.staff.active and link.staff.email):
            return
        token = new_token(link)
        session.commit()
        try:
            link.mail_fault = transmit(link.staff, lambda language: _words_of(link, _address(link, token), language))
            link.mailed_at = link.mailed_at if link.mail_fault else now()
        except OSError:
            link.mail_fault = "unreachable"
            raise
        finally:
            session.commit()


def _link_of(session: Session, payload: str) -> AccountLink | None:
    if payload.isdigit():
        return session.get(AccountLink, int(payload))
    account = payload.partition(" ")[2]
    person = session.scalar(select(Staff).where(or_(Staff.username == account, Staff.email == account)))
    lately = (AccountLink.mailed_at > now() - ONE_MAIL_EVERY) & AccountLink.used_at.is_(None)
    if person is None or session.scalar(select(AccountLink.id).where(AccountLink.staff_id == person.id, lately)):
        return None
    person.language = person.language or payload.partition(" ")[0]
    return new_link(session, person, "reset")


def _is_final(error: OSError) -> bool:
    replies = error.recipients.values() if isinstance(error, SMTPRecipientsRefused) else ()
    return any(code >= PERMANENT for code, _words in replies)


def _message(person: Staff, words: Callable[[str], tuple[str, str]]) -> MIMEText:
    """Return the mail.  By the older of Python's two APIs: before 3.12.4 the newer one loses spaces of a subject."""
    language, sender = person.language or DEFAULT, current_app.config["MAIL_FROM"]
    with force_locale(LANGUAGES[language].locale):
        subject, body = words(language)
        name = _("KarIU Blog")
    message = MIMEText(body, "plain", "utf-8")
    message["From"], message["To"] = formataddr((name, sender)), person.email or ""
    message["Subject"] = Header(subject, "utf-8", header_name="Subject").encode()
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.partition("@")[2])
    message["Auto-Submitted"], message["Content-Language"] = "auto-generated", language
    return message


def _words_of(link: AccountLink, address: str, language: str) -> tuple[str, str]:
    """Return subject and text of a mail, in the language of the page."""
    known = {"name": link.staff.name(language), "username": link.staff.username, "address": address}
    known["moment"] = format_moment(link.expires_at, language)
    if link.purpose == "invitation":
        return _("Invitation to the newsroom of KarIU Blog"), _(
            "%(name)s,\n\n"
            "you have been invited to write for KarIU Blog. Choose your password on this page:\n\n"
            "%(address)s\n\n"
            "Your user name is %(username)s. The link opens once, until %(moment)s.\n",
            **known,
        )
    return _("A new password for KarIU Blog"), _(
        "%(name)s,\n\n"
        "somebody, probably you, has asked for a new password. Choose it on this page:\n\n"
        "%(address)s\n\n"
        "Your user name is %(username)s. The link opens once, until %(moment)s."
        " If you did not ask for it, do nothing: your password stays as it is.\n",
        **known,
    )


def _address(link: AccountLink, token: str) -> str:
    """Return the address of a link.  Browsers send no server what stands behind ``#``, so that no log has it."""
    return absolute(f"/{link.staff.language or DEFAULT}/staff{PATH}#{token}")


def _submit(message: MIMEText) -> None:
    """Send a message by the server of the settings, to another machine encrypted if that offers it."""
    url = urlsplit(current_app.config["SMTP_URL"])
    host, context = url.hostname or "", ssl.create_default_context()
    connect = partial(SMTP_SSL, context=context) if url.scheme == "smtps" else SMTP
    with connect(host, url.port or 0, timeout=ANSWER_SECONDS) as server:
        server.ehlo()
        is_private = url.scheme == "smtps" or host in THIS_MACHINE
        if not is_private and (url.username or server.has_extn("starttls")):
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
