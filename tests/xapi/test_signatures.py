"""Signed statements: what is asked of a signature (xAPI Data, 2.6)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.xapi.packets import attachment, contents, piece, send
from tests.xapi.senders import Sender, a_sender, told
from xapi import signatures

KEY = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
STRANGE = ec.generate_private_key(ec.SECP256R1())
BINARY = "application/octet-stream"


def certificate(key: Any, by: Any) -> str:
    """In base64, as x5c has it: of this key, certified by that."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a signer")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=900))
        .not_valid_after(datetime.now(UTC) - timedelta(days=1))  # signatures outlive certificates
        .sign(by, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


def sign(payload: Any, algorithm: str = "RS256", key: Any = KEY, **headers: Any) -> bytes:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return jwt.PyJWS().encode(raw, key, algorithm=algorithm, headers=headers).encode()


def signed(statement: dict[str, Any], signature: bytes, **more: Any) -> dict[str, Any]:
    """The statement with its signature attached to it."""
    one = attachment(signature, usageType=signatures.USAGE, contentType=BINARY, **more)
    return {**statement, "attachments": [*statement.get("attachments", []), one]}


def post(sender: Sender, statement: dict[str, Any], signature: bytes) -> TestResponse:
    kind = statement["attachments"][-1]["contentType"]
    return send(sender, statement, piece(signature, Content_Type=kind))


@pytest.fixture(params=["1.0.3", "2.0.0"])
def sender(app: Flask, request: pytest.FixtureRequest) -> Sender:
    made = a_sender(app)
    made.headers["X-Experience-API-Version"] = request.param
    return made


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
@pytest.mark.parametrize("chained", [False, True])
def test_signed_statements_are_kept_with_their_signature(
    sender: Sender, algorithm: str, chained: bool
) -> None:
    """XAPI-00115, 00116, 00117: with a chain of certificates, or without."""
    chain = {"x5c": [certificate(KEY, OTHER), certificate(OTHER, OTHER)]} if chained else {}
    statement = told()
    signature = sign(statement, algorithm, **chain)
    assert post(sender, signed(statement, signature), signature).status_code == 200
    answer = sender.get(statementId=statement["id"], attachments="true")
    assert contents(answer) == [signature]


def _hs256(statement: dict[str, Any]) -> bytes:
    return sign(statement, "HS256", "a secret that both sides know, and no certificate of anybody")


WRONG: dict[str, tuple[Callable[[dict[str, Any]], bytes], str]] = {
    "XAPI-00115 no JWS": (lambda one: json.dumps(one).encode(), "a JWS in compact form"),
    "XAPI-00115 nothing": (lambda one: b"", "a JWS in compact form"),
    "XAPI-00115 as JSON": (
        lambda one: json.dumps({"payload": "", "signatures": []}).encode(),
        "a JWS in compact form",
    ),
    "XAPI-00115 an extension that nobody knows": (
        lambda one: sign(one, crit=["urn:new"], **{"urn:new": 1}),
        "a JWS in compact form",
    ),
    "XAPI-00116 no JSON": (
        lambda one: sign(json.dumps(one).replace('"', "'", 1).encode()),
        "no statement in JSON",
    ),
    "XAPI-00116 a list": (lambda one: sign([one]), "no statement in JSON"),
    "XAPI-00116 another actor": (
        lambda one: sign({**one, "actor": {"mbox": "mailto:eve@elsewhere.example"}}),
        "says something else",
    ),
    "XAPI-00116 another id": (lambda one: sign({**one, "id": str(uuid4())}), "something else"),
    "XAPI-00116 more": (lambda one: sign({**one, "result": {"success": True}}), "something else"),
    "XAPI-00116 less": (
        lambda one: sign({name: one[name] for name in one if name != "verb"}),
        "something else",
    ),
    "XAPI-00116 nothing like it": (lambda one: sign({"attachments": 1, "verb": 2}), "else"),
    "XAPI-00117 HS256": (_hs256, "RS256, RS384 or RS512"),
    "XAPI-00117 ES256": (lambda one: sign(one, "ES256", STRANGE), "RS256, RS384 or RS512"),
    "XAPI-00117 PS256": (lambda one: sign(one, "PS256"), "RS256, RS384 or RS512"),
    "XAPI-00117 none": (lambda one: sign(one, "none", None), "RS256, RS384 or RS512"),
    "2.6.s5.b3 another's certificate": (
        lambda one: sign(one, x5c=[certificate(OTHER, OTHER)]),
        "not that of the certificate",
    ),
    "2.6.s5.b3 a certificate without RSA": (
        lambda one: sign(one, x5c=[certificate(STRANGE, STRANGE)]),
        "no RSA key",
    ),
    "2.6.s5.b3 a broken chain": (
        lambda one: sign(one, x5c=[certificate(KEY, KEY), certificate(OTHER, OTHER)]),
        "not certified by the next",
    ),
    "2.6.s5.b3 no certificate": (lambda one: sign(one, x5c=["AAAA"]), "certificates in base64"),
    "2.6.s5.b3 no base64": (lambda one: sign(one, x5c=["?"]), "certificates in base64"),
    "2.6.s5.b3 no list": (lambda one: sign(one, x5c="AAAA"), "x5c is a list"),
    "2.6.s5.b3 an empty list": (lambda one: sign(one, x5c=[]), "x5c is a list"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_unsound_is_said(case: str) -> None:
    make, sentence = WRONG[case]
    statement = told()
    signature = make(statement)
    with pytest.raises(signatures.Unsound, match=sentence):
        signatures.check(signature, json.dumps(signed(statement, signature)), UUID(statement["id"]))


def test_a_signature_that_was_changed_is_seen() -> None:
    """2.6.s5.b3: validated against the certificate that it brings."""
    statement = told()
    head, payload, tail = sign(statement, x5c=[certificate(KEY, KEY)]).split(b".")
    assert tail[10:11] != b"x"
    changed = b".".join([head, payload, tail[:10] + b"x" + tail[11:]])
    with pytest.raises(signatures.Unsound, match="not that of the certificate"):
        signatures.check(changed, json.dumps(signed(statement, changed)), UUID(statement["id"]))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"attachments": []}, {}, id="an empty list of attachments"),
        pytest.param(
            {},
            {"timestamp": "2026-11-21T00:00:00Z", "version": "1.0.0"},
            id="what a store may set",
        ),
        pytest.param(
            {"context": {"contextActivities": {"parent": {"id": "urn:a"}}}},
            {"context": {"contextActivities": {"parent": [{"id": "urn:a"}]}}},
            id="a list of one",
        ),
    ],
)
def test_what_is_signed_may_be_written_otherwise(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    """XAPI-00116: logically equivalent."""
    statement = told()
    signature = sign({**statement, **before})
    whole = json.dumps(signed({**statement, **after}, signature))
    signatures.check(signature, whole, UUID(statement["id"]))


def test_other_attachments_are_signed_too(sender: Sender) -> None:
    statement = told(attachments=[attachment(b"essay")])
    signature = sign(statement)
    sent = signed(statement, signature)
    parts = piece(signature, Content_Type=BINARY), piece(b"essay")
    assert send(sender, sent, *parts).status_code == 200
    statement["id"] = sent["id"] = str(uuid4())
    less = sign({name: one for name, one in statement.items() if name != "attachments"})
    answer = send(sender, signed(statement, less), piece(less, Content_Type=BINARY), parts[1])
    assert answer.status_code == 400
    assert "attachments[1]: what is signed" in (answer.json or {})["detail"]


def test_the_id_of_the_address_is_the_one_that_is_signed(sender: Sender) -> None:
    statement = told()
    signature = sign(statement)
    del statement["id"]
    answer = post(sender, signed(statement, signature), signature)
    assert answer.status_code == 400, "the store would have given it another id"


@pytest.mark.parametrize(
    ("more", "pieces", "place"),
    [
        pytest.param(
            {"contentType": "text/plain"}, True, "attachments[0].contentType:", id="XAPI-00115 type"
        ),
        pytest.param(
            {"fileUrl": "https://elsewhere.example/s"},
            False,
            "attachments[0]: a signature is sent along",
            id="XAPI-00115 elsewhere",
        ),
    ],
)
def test_a_signature_comes_along_as_it_must(
    sender: Sender, more: dict[str, Any], pieces: bool, place: str
) -> None:
    statement = told()
    signature = sign(statement)
    sent = signed(statement, signature)
    sent["attachments"][0].update(more)
    kind = sent["attachments"][0]["contentType"]
    parts = [piece(signature, Content_Type=kind)] if pieces else []
    answer = send(sender, sent, *parts)
    assert answer.status_code == 400
    assert place in (answer.json or {})["detail"]
    assert "2.6" in (answer.json or {})["detail"]
    if not pieces:
        assert sender.post(sent).status_code == 400


@given(st.binary(max_size=200) | st.from_regex(rb"[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){2}"))
def test_no_signature_breaks_the_judge(signature: bytes) -> None:
    statement = told()
    with pytest.raises(signatures.Unsound):
        signatures.check(signature, json.dumps(signed(statement, signature)), UUID(statement["id"]))


@given(
    st.dictionaries(
        st.sampled_from(["alg", "x5c", "crit", "b64", "typ", "kid"]),
        st.none() | st.booleans() | st.text(max_size=9) | st.lists(st.text(max_size=9), max_size=2),
    ),
    st.sampled_from(["RS256", "RS384", "none"]),
)
def test_no_header_breaks_the_judge(header: dict[str, Any], algorithm: str) -> None:
    statement = told()
    told_of = json.dumps({"alg": algorithm, **header, "x5c": header.get("x5c", [])}).encode()
    parts = (told_of, json.dumps(statement).encode(), b"x")
    signature = b".".join(base64.urlsafe_b64encode(one).rstrip(b"=") for one in parts)
    with pytest.raises(signatures.Unsound):
        signatures.check(signature, json.dumps(signed(statement, signature)), UUID(statement["id"]))
