"""What may be a name, an address or a password: plain values in, clean values or a sentence out."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l

from app.errors import Invalid, Sentence

SHORTEST = 10
LONGEST = 200
"""Characters of a password."""
_TYPED = 4
"""How many characters may be typed for one that is kept: letters come with marks to compose. What
is longer is never normalised, which takes minutes for a megabyte of marks."""

_COMMON = frozenset(
    """0123456789 1234567890 12345678910 0987654321 1q2w3e4r5t 1qaz2wsx3edc qwertyuiop azertyuiop
    qwerty1234 azerty1234 qwerty12345 azerty12345 password12 password123 passwordpassword
    iloveyou123 jetaime123 motdepasse motdepasse1 motdepasse123 contraseña contraseña1
    contraseña123""".split()  # noqa: SIM905  (easier to read and to add to)
)
_LONGEST_ADDRESS = 1000
"""Characters that are looked at; an address has 254 at most."""
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of the text after them."""

Clean = TypeVar("Clean")


class Refused(ValueError):
    """This value may not stand; `sentence` says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(type(self)))
        self.sentence = sentence


class Checks:
    """Fields checked one after the other, so that all that is wrong is said at once."""

    def __init__(self) -> None:
        self.wrong: dict[str, Sentence] = {}

    def take(self, field: str, check: Callable[..., Clean], *values: Any) -> Clean | Any:
        """The clean value, or None when it was refused."""
        try:
            return check(*values)
        except Refused as refused:
            self.wrong[field] = refused.sentence
            return None

    def done(self) -> None:
        """Raises Invalid with a sentence for each field that was refused."""
        if self.wrong:
            raise Invalid(self.wrong)


def line(text: str | None, longest: int = 200) -> str | None:
    """One line of text in any script, NFC, spaces tidied; None when nothing was written."""
    if len(text or "") > _TYPED * longest:
        raise Refused(_l("Please use at most %(count)s characters.", count=longest))
    clean = " ".join(unicodedata.normalize("NFC", text or "").split())
    if any(unicodedata.category(sign) in ("Cc", "Cs") or sign in _OVERRIDES for sign in clean):
        raise Refused(_l("This holds characters that cannot be shown. Please type it anew."))
    if len(clean) > longest:
        raise Refused(_l("Please use at most %(count)s characters.", count=longest))
    return clean or None


def name(text: str | None) -> str:
    """The name of a person: at least one letter of some script."""
    clean = line(text)
    if not clean or not any(unicodedata.category(sign).startswith("L") for sign in clean):
        raise Refused(_l("Please give your name."))
    return clean


def address(text: str | None, *, anywhere: bool = False) -> str:
    """An e-mail address in the one form in which it is kept.

    Lower case, the domain in its own script. `anywhere` also takes domains that exist on this
    machine alone, for demonstrations and tests.
    """
    try:
        found = validate_email(
            (text or "").strip()[:_LONGEST_ADDRESS],
            allow_smtputf8=False,
            check_deliverability=False,
            globally_deliverable=not anywhere,
        )
    except (EmailNotValidError, UnicodeError):
        raise Refused(
            _l("Please give a complete e-mail address, such as name@example.org.")
        ) from None
    return found.normalized.lower()


def plain(password: str) -> str:
    """A password as it is hashed: however it was typed, the same characters (NFKC)."""
    return unicodedata.normalize("NFKC", password[: _TYPED * LONGEST])


def password(text: str | None, about: Iterable[str | None] = ()) -> str:
    """A new password; `about` are words of its owner (name, address) that it must not be."""
    clean = plain(text or "")
    if len(clean) < SHORTEST:
        raise Refused(_l("Please use at least %(count)s characters.", count=SHORTEST))
    if len(clean) > LONGEST:
        raise Refused(_l("Please use at most %(count)s characters.", count=LONGEST))
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in clean):
        raise Refused(_l("This holds characters that cannot be typed. Please choose another."))
    if clean.casefold() in _COMMON or len(set(clean)) < 4:
        raise Refused(_l("This password is easy to guess. Please choose another."))
    if any(_is_about(clean, word) for word in about if word):
        raise Refused(_l("This password is too close to your name or address."))
    return clean


def _is_about(password: str, word: str) -> bool:
    """Whether little is left of the password once the word is taken out of it."""
    letters = "".join(sign for sign in plain(word).casefold() if sign.isalnum())
    said = "".join(sign for sign in password.casefold() if sign.isalnum())
    return len(letters) > 3 and len(said.replace(letters, "")) < 5 and letters in said
