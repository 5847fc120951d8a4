"""Links that are mailed: signed, expiring, and dead once what they change has changed."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from app import db, people, plugins
from app.errors import Gone
from app.models import Person

LIVES = {
    "confirm": timedelta(days=3),
    "reset": timedelta(days=1),
    "email": timedelta(days=1),
}

# A leading dot says that itsdangerous compressed what follows, which it does where that is shorter.
_SEALED = re.compile(r"(https?://\S*/)\.?[\w-]+\.[\w-]+\.[\w-]{20,}")


def seal(purpose: str, person: Person, *, said: str = "") -> str:
    """What stands in the address: whose link it is, what it says, and a print of her account as
    it is now. Anyone may read it; nobody can change it."""
    return str(_sealer(purpose).dumps([person.id.hex, _print(purpose, person), said]))


def unseal(purpose: str, token: str, *, hold: bool = False) -> tuple[Person, str]:
    """Whose link this is, and what it says; `hold` locks her row first, for one who will write.

    Raises Gone with the reason: broken, too old, or used.
    """
    try:
        key, print_, said = _sealer(purpose).loads(token, max_age=LIVES[purpose].total_seconds())
    except SignatureExpired:
        raise Gone(_("This link is too old.")) from None
    except (BadSignature, ValueError, TypeError):
        raise Gone(_("This link is not complete. Copy all of it from the mail.")) from None
    if hold:
        people.lock(UUID(key))
    person = db.session().get(Person, UUID(key), populate_existing=hold)
    if person is None or not person.active or _print(purpose, person) != print_:
        raise Gone(_("This link was used already, or your account has changed since."))
    return person, str(said)


def masked(text: str) -> str:
    """The words of a mail for other eyes: a sealed link opens an account for whoever reads it."""
    return _SEALED.sub(r"\1…", text)


def _sealer(purpose: str) -> Any:
    return URLSafeTimedSerializer(
        plugins.setting("SECRET_KEY"),
        salt=f"passage.links.{purpose}",
        signer_kwargs={"digest_method": hashlib.sha256},
    )


def _print(purpose: str, person: Person) -> str:
    """What must not have changed since. Quick on purpose: argon2 for each link would cost minutes
    per thousand invitations, and what is hashed here cannot be guessed or is no secret."""
    state = {
        "confirm": f"{person.email}",
        "reset": f"{person.password} {person.fs_uniquifier} {person.email}",
        # Who chooses a new password takes back what somebody else asked for with the old one.
        "email": f"{person.password} {person.fs_uniquifier} {person.email}",
    }[purpose]
    return hashlib.sha512(state.encode()).hexdigest()[:24]
