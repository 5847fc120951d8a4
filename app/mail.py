"""Mail: an outbox row within the act, sent afterwards; in the demonstration a file in var/mail."""

from __future__ import annotations

from typing import Any

from flask_mailman import EmailMultiAlternatives, Mail

from app import jobs
from app.models import Outbox, Person

post = Mail()


def enqueue(
    person: Person, subject: str, text: str, *, html: str | None = None, address: str | None = None
) -> Outbox:
    """Write a mail to a person within the current act."""
    payload = {
        "to": address or person.email,
        "subject": subject,
        "text": text,
        "html": html,
    }
    return jobs.enqueue("mail.send", payload, person_id=person.id)


def send(payload: dict[str, Any]) -> None:
    """The job that hands a mail to the mail server (or to var/mail)."""
    message = EmailMultiAlternatives(
        subject=payload["subject"], body=payload["text"], to=[payload["to"]]
    )
    if payload.get("html"):
        message.attach_alternative(payload["html"], "text/html")
    message.send()


def open_mail(app: Any) -> None:
    if not app.config["MAIL_SERVER"]:
        app.config["MAIL_BACKEND"] = "file"
        app.config["MAIL_FILE_PATH"] = str(app.config["DATA"] / "mail")
    post.init_app(app)
