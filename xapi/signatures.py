"""Signed statements: a JWS that says the same as the statement it comes with (xAPI Data, 2.6)."""

from __future__ import annotations

import base64
import binascii
import itertools
import warnings
from typing import Any
from uuid import UUID

import jwt
import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from xapi import bodies

USAGE = bodies.SIGNATURE
LONGEST = 5_000_000
"""Bytes of a signature, which holds the whole statement."""
_ALGORITHMS = ["RS256", "RS384", "RS512"]
_MOST_CERTIFICATES = 10
_reader = jwt.PyJWS(algorithms=_ALGORITHMS)


class Unsound(ValueError):
    """A signature that the standard refuses; the message says why."""


def check(signature: bytes, statement: str, statement_id: UUID) -> None:
    """Judge the signature of a statement, given as the text that came and the id by which it is
    kept. Raises Unsound.

    Where the signature brings certificates, it is theirs; that catches mistakes and says nothing
    about who they are (Data, 2.6: Note).
    """
    opened = _opened(signature)
    header = opened["header"]
    if header.get("alg") not in _ALGORITHMS:
        raise Unsound("a signature is made by RS256, RS384 or RS512")
    _demand_same(opened["payload"], statement, statement_id)
    if "x5c" in header:
        _verify(signature, _chain(header["x5c"]), header["alg"])


def _opened(signature: bytes) -> dict[str, Any]:
    try:
        return _reader.decode_complete(signature, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError) as wrong:
        raise Unsound("a signature is a JWS in compact form (RFC 7515)") from wrong


def _demand_same(payload: bytes, statement: str, statement_id: UUID) -> None:
    """The payload is the statement before the signature was attached to it."""
    try:
        signed = msgspec.json.decode(payload, type=dict[str, Any])
        text = payload.decode()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise Unsound("what is signed is no statement in JSON") from wrong
    received = msgspec.json.decode(statement, type=dict[str, Any])
    left = [one for one in received.pop("attachments") if one["usageType"] != USAGE]
    if left:
        received["attachments"] = left
    if not signed.get("attachments", True):
        del signed["attachments"]
        text = msgspec.json.encode(signed).decode()
    other = str(signed.get("id", statement_id)).lower() != str(statement_id)
    try:
        same = bodies.same(msgspec.json.encode(received).decode(), text)
    except (AttributeError, KeyError, TypeError):
        same = False
    if other or not same:
        raise Unsound("what is signed says something else than the statement")


def _chain(told: Any) -> list[x509.Certificate]:
    """The certificates of the header, that of the signer first (RFC 7515, 4.1.6)."""
    if not isinstance(told, list) or not 0 < len(told) <= _MOST_CERTIFICATES:
        raise Unsound(f"x5c is a list of 1 to {_MOST_CERTIFICATES} certificates")
    try:
        chain = [
            x509.load_der_x509_certificate(base64.b64decode(one, validate=True)) for one in told
        ]
        for below, above in itertools.pairwise(chain):
            below.verify_directly_issued_by(above)
    except (binascii.Error, ValueError, TypeError) as wrong:
        raise Unsound("x5c holds certificates in base64, each certified by the next") from wrong
    except InvalidSignature as wrong:
        raise Unsound("a certificate of x5c is not certified by the next") from wrong
    return chain


def _verify(signature: bytes, chain: list[x509.Certificate], algorithm: str) -> None:
    key = chain[0].public_key()
    if not isinstance(key, RSAPublicKey):
        raise Unsound("the certificate of x5c has no RSA key")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a short key is the signer's affair
            _reader.decode(signature, key, algorithms=[algorithm])
    except jwt.PyJWTError as wrong:
        raise Unsound("the signature is not that of the certificate in x5c") from wrong
