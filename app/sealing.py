"""Secrets that the house must tell again (its password at another system): kept encrypted.

The key follows from the house's secret key: whoever has the database or its backup alone reads
none of them, and with a new secret key they must be given anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from app import plugins


class Unreadable(Exception):
    """This was sealed with another secret key."""


def seal(secret: str) -> str:
    """The secret as it may be kept."""
    return _fernet().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises Unreadable."""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken as wrong:
        raise Unreadable from wrong


def _fernet() -> Fernet:
    house = str(plugins.setting("SECRET_KEY")).encode()
    key = hmac.new(house, b"sealed secrets of the house", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))
