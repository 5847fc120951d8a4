"""Mail: an outbox row within the act, sent afterwards; in the demonstration a file in var/mail.

What a mail says is plain text, written once: paragraphs, and where a paragraph is a label above
an address, a button. The HTML part is made from it (templates/mail/layout.mjml).
"""

from __future__ import annotations

import re
import smtplib
import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import mrml
from flask import current_app
from flask_babel import force_locale

from app import jobs, plugins
from app.models import Outbox, Person

_BUTTON = re.compile(r"\A(?P<label>[^\n]+)\n(?P<url>https?://\S+)\Z")


def write(person: Person, words: str, *, address: str | None = None, **facts: Any) -> Outbox:
    """Mail the words of templates/mail/<words>.txt, in the person's language, within the act.

    Their first line is the subject. `address` stands in for her own.
    """
    with force_locale(person.language):
        return enqueue(person, *_said(words, facts), address=address)


def write_to_nobody(person: Person, words: str, **facts: Any) -> None:
    """The same work for a mail that is not sent, so that an answer takes as long without it."""
    with force_locale(person.language):
        _payload(person, *_said(words, facts))


def _said(words: str, facts: dict[str, Any]) -> tuple[str, str]:
    subject, _, text = _render(f"{words}.txt", **facts).strip().partition("\n")
    return subject, text


def enqueue(
    person: Person, subject: str, text: str, *, html: str | None = None, address: str | None = None
) -> Outbox:
    """Write a mail to a person within the current act; both parts get the frame of the house."""
    payload = _payload(person, subject, text, html=html, address=address)
    return jobs.enqueue("mail.send", payload, person_id=person.id)


def _payload(
    person: Person, subject: str, text: str, *, html: str | None = None, address: str | None = None
) -> dict[str, Any]:
    with force_locale(person.language):
        frame = {"lang": person.language, "home": f"{plugins.setting('URL')}/{person.language}/"}
        text = _tidy(text)
        return {
            "to": address or person.email,
            "subject": " ".join(subject.split()),
            "text": _render("layout.txt", text=text, **frame),
            "html": html or as_html(subject, text, **frame),
            "key": uuid4().hex,
            "written": format_datetime(datetime.now(UTC)),
            "language": person.language,
        }


def as_html(subject: str, text: str, **frame: Any) -> str:
    """The HTML part of a mail, from its text."""
    parts = [
        _BUTTON.match(part) or {"text": part.split("\n")} for part in _tidy(text).split("\n\n")
    ]
    words = [part if isinstance(part, dict) else part.groupdict() for part in parts]
    page = mrml.to_html(_render("layout.mjml", subject=subject, parts=words, **frame))
    return str(page.content)


def _render(name: str, **values: Any) -> str:
    """A template outside any request: jobs write mails too."""
    return current_app.jinja_env.get_template(f"mail/{name}").render(**values)


def _tidy(text: str) -> str:
    """Paragraphs with one empty line between them."""
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines)


def send(payload: dict[str, Any]) -> None:
    """The job that hands a mail to the mail server (or to var/mail)."""
    message = compose(payload)
    if plugins.setting("MAIL_SERVER"):
        _post(message)
    else:
        _keep(message)


def compose(payload: dict[str, Any]) -> EmailMessage:
    """The message of an outbox row; the same each time it is tried."""
    message = EmailMessage(policy=SMTP)
    sender = plugins.setting("MAIL_DEFAULT_SENDER")
    message["From"] = Address("Passage", addr_spec=sender)
    message["To"] = Address(addr_spec=_ascii(payload["to"]))
    message["Reply-To"] = Address(addr_spec=plugins.setting("MAIL_REPLY_TO"))
    message["Subject"] = payload["subject"]
    message["Date"] = payload.get("written") or format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{payload.get('key') or uuid4().hex}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(payload["text"])
    if payload.get("html"):
        message.add_alternative(payload["html"], subtype="html")
    message["Content-Language"] = payload.get("language", "en")
    return message


def _ascii(address: str) -> str:
    """An address as old mail servers know it: the domain in its ASCII form."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def _post(message: EmailMessage) -> None:
    """Hand a message to the mail server. Raises OSError or smtplib.SMTPException."""
    settings = plugins.setting
    with smtplib.SMTP(
        settings("MAIL_SERVER"), settings("MAIL_PORT"), timeout=settings("MAIL_TIMEOUT")
    ) as server:
        if settings("MAIL_USE_TLS"):
            server.starttls(context=ssl.create_default_context())
        if settings("MAIL_USERNAME"):
            server.login(settings("MAIL_USERNAME"), settings("MAIL_PASSWORD") or "")
        server.send_message(message)


def _keep(message: EmailMessage) -> None:
    """One file for each mail, named by its time, its address and its key."""
    folder = Path(plugins.setting("DATA")) / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    address = re.sub(r"[^a-z0-9@.+-]", "_", str(message["To"]))
    key = str(message["Message-ID"])[1:9]
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S} {address} {key}.eml"
    (folder / name).write_bytes(message.as_bytes())


def discard(key: str) -> None:
    """Remove the file of a mail, by the key of its outbox row."""
    for path in (Path(plugins.setting("DATA")) / "mail").glob(f"* {key[:8]}.eml"):
        path.unlink(missing_ok=True)
