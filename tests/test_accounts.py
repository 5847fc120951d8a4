"""An account, from the first visit to a changed address; on pages, as a browser sends them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from flask_security.utils import get_message
from sqlalchemy import func, select

from app import accounts, db, links
from app.models import AuditEntry, Outbox, Person
from tests import houses

NEWCOMER = {
    "name": "Aminata Diouf",
    "email": "a.diouf@example.org",
    "password": "cinq mangues mûres",
    "country": "SN",
    "timezone": "",
    "organisation": "",
}


def mails(app: Flask) -> list[dict[str, Any]]:
    """What was mailed, in order."""
    with app.app_context():
        rows = select(Outbox.payload).where(Outbox.task == "mail.send").order_by(Outbox.id)
        return list(db.session().scalars(rows))


def link_in(mail: dict[str, Any]) -> str:
    """The path of the button of a mail."""
    found = re.search(r"^https?://[^/]+(/\S+)$", mail["text"], re.MULTILINE)
    assert found, mail["text"]
    return found[1]


def person_of(app: Flask, email: str) -> Person | None:
    with app.app_context():
        return db.session().scalar(select(Person).where(Person.email == email))


def someone(app: Flask, **facts: Any) -> Person:
    with app.app_context():
        person = houses.a_person(**facts)
        db.session().refresh(person)
        db.session().expunge(person)
        return person


def signs_in(client: FlaskClient, email: str, password: str, lang: str = "en") -> bool:
    answer = client.post(f"/{lang}/login", data={"email": email, "password": password})
    return answer.status_code == 302


# Sign up and confirm


def test_a_newcomer_signs_up_confirms_and_signs_in(app: Flask, client: FlaskClient) -> None:
    answer = client.post("/fr/register", data=NEWCOMER)
    assert answer.location == "/fr/register/sent"
    assert "a.diouf@example.org" in client.get(answer.location).text
    assert not signs_in(client, "a.diouf@example.org", "cinq mangues mûres")

    [mail] = mails(app)
    assert mail["to"] == "a.diouf@example.org"
    assert mail["language"] == "fr"
    path = link_in(mail)
    assert path.startswith("/fr/confirm/")

    assert client.post(path).location == "/fr/login"
    assert signs_in(client, "A.Diouf@Example.org", "cinq mangues mûres", "fr")
    assert client.get("/fr/account").status_code == 200
    person = person_of(app, "a.diouf@example.org")
    assert person is not None
    assert (person.language, person.timezone, person.country) == ("fr", "Africa/Dakar", "SN")


def test_opening_the_link_confirms_nothing(app: Flask, client: FlaskClient) -> None:
    client.post("/en/register", data=NEWCOMER)
    path = link_in(mails(app)[0])
    for method in (client.get, client.head):
        assert method(path).status_code == 200
    person = person_of(app, "a.diouf@example.org")
    assert person is not None
    assert person.confirmed_at is None


@pytest.mark.parametrize("address", ["a.diouf@example.org", "A.Diouf@EXAMPLE.org"])
def test_a_known_address_gets_the_same_answer_and_a_mail_that_says_so(
    app: Flask, client: FlaskClient, address: str
) -> None:
    person = someone(app, email="a.diouf@example.org")
    answer = client.post("/en/register", data={**NEWCOMER, "email": address})
    assert answer.location == "/en/register/sent"
    [mail] = mails(app)
    assert mail["to"] == "a.diouf@example.org"
    assert link_in(mail) == "/en/login"
    assert not signs_in(client, address, NEWCOMER["password"])
    assert person_of(app, "a.diouf@example.org") == person


def test_who_signs_up_again_before_confirming_chooses_the_password_anew(
    app: Flask, client: FlaskClient
) -> None:
    """A stranger may have signed up with her address and a password of his."""
    client.post("/en/register", data={**NEWCOMER, "password": "the stranger's words"})
    client.post("/en/register", data=NEWCOMER)
    path = link_in(mails(app)[1])
    assert path.startswith("/en/reset/")
    client.post(path, data={"password": "five ripe mangoes"})
    assert not signs_in(client, NEWCOMER["email"], "the stranger's words")
    assert signs_in(client, NEWCOMER["email"], "five ripe mangoes")


@pytest.mark.parametrize(
    "name",
    [
        "نور الدين بن عبد الله",
        "李小龍",
        "Nguyễn Thị Hằng",
        "Zoe\u0308 O\u2019Neill-D\u00edaz",
        "নাসরীন",
    ],
)
def test_a_name_stands_in_any_script(app: Flask, client: FlaskClient, name: str) -> None:
    client.post("/en/register", data={**NEWCOMER, "name": name})
    person = person_of(app, NEWCOMER["email"])
    assert person is not None
    assert person.name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "12345"),
        ("name", "Ami\x00nata"),
        ("name", "Aminata \u202egnorw"),
        ("name", "x" * 201),
        ("email", "a.diouf"),
        ("email", "a.diouf@example.org\nBcc: all@example.org"),
        ("password", "short"),
        ("password", "aminatadiouf"),
        ("password", "a.diouf@example.org"),
        ("password", "1234567890"),
        ("password", "x" * 201),
        ("country", "XX"),
        ("country", ""),
        ("timezone", "Atlantis/City"),
        ("organisation", "y" * 201),
    ],
)
def test_a_wrong_field_is_said_at_the_field_and_nothing_is_written(
    app: Flask, client: FlaskClient, field: str, value: str
) -> None:
    answer = client.post("/en/register", data={**NEWCOMER, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert f'href="#{field}"' in answer.text
    assert person_of(app, NEWCOMER["email"]) is None
    assert mails(app) == []


def test_a_form_of_ten_megabytes_is_refused_and_nothing_is_written(
    app: Flask, client: FlaskClient
) -> None:
    answer = client.post("/en/register", data={**NEWCOMER, "name": "x" * 10_000_000})
    assert answer.status_code == 413
    assert "<h1>" in answer.text
    assert person_of(app, NEWCOMER["email"]) is None


@pytest.mark.parametrize("purpose", ["confirm", "reset", "account/email"])
def test_a_wrong_link_says_so_and_offers_another(client: FlaskClient, purpose: str) -> None:
    for path in (f"/en/{purpose}/nonsense", f"/en/{purpose}/WyJhIl0.aZ.b"):
        for method in (client.get, client.post):
            answer = method(path, data={"password": "five ripe mangoes"})
            assert answer.status_code == 410
            if purpose != "account/email":
                assert f'action="/en/{purpose}"' in answer.text


def test_a_used_link_says_so(app: Flask, client: FlaskClient) -> None:
    client.post("/en/register", data=NEWCOMER)
    path = link_in(mails(app)[0])
    client.post(path)
    assert client.post(path).status_code == 410
    assert client.get(path).status_code == 410


@pytest.mark.parametrize("purpose", ["confirm", "reset"])
def test_an_expired_link_says_so_and_the_new_one_works(
    app: Flask, client: FlaskClient, purpose: str
) -> None:
    client.post("/en/register", data=NEWCOMER)
    if purpose == "reset":
        client.post("/en/reset", data=NEWCOMER)
    path = link_in(mails(app)[-1])
    with time_machine.travel(db.now() + links.LIVES[purpose] + timedelta(minutes=1)):
        assert client.get(path).status_code == 410
        assert client.post(path, data={"password": "five ripe mangoes"}).status_code == 410
        client.post(f"/en/{purpose}", data=NEWCOMER)
        data = {"password": "five ripe mangoes"} if purpose == "reset" else {}
        assert client.post(link_in(mails(app)[-1]), data=data).status_code == 302


@pytest.mark.parametrize(("said", "packed"), [("", False), ("new@example.org" * 20, True)])
def test_a_mail_for_other_eyes_shows_no_link_packed_or_not(
    app: Flask, said: str, packed: bool
) -> None:
    with app.app_context():
        token = links.seal("email", houses.a_person(), said=said)
    if packed:
        assert token.startswith(".")
    masked = links.masked(f"Use it:\nhttps://passage.example/en/email/{token}\n\nThank you")
    assert masked == "Use it:\nhttps://passage.example/en/email/…\n\nThank you"


def test_asking_for_the_confirmation_again_answers_alike_for_everybody(
    app: Flask, client: FlaskClient
) -> None:
    client.post("/en/register", data=NEWCOMER)
    someone(app, email="known@example.org")
    for address in (NEWCOMER["email"], "known@example.org", "nobody@example.org"):
        assert client.post("/en/confirm", data={"email": address}).location == "/en/confirm/sent"
    assert [mail["to"] for mail in mails(app)] == [NEWCOMER["email"]] * 2


# Sign in and out


def test_the_sentence_for_a_refused_sign_in_is_one_for_all_causes(
    app: Flask, client: FlaskClient
) -> None:
    someone(app, email="right@example.org")
    someone(app, email="waiting@example.org", confirmed_at=None)
    someone(app, email="gone@example.org", active=False)
    tries = [
        ("right@example.org", "a wrong passphrase"),
        ("right@example.org", "x" * 5000),
        ("right@example.org", "nul \x00 inside"),
        ("waiting@example.org", houses.PASSWORD),
        ("gone@example.org", houses.PASSWORD),
        ("nobody@example.org", houses.PASSWORD),
        ("no\x00body@example.org", houses.PASSWORD),
        ("not an address", houses.PASSWORD),
    ]
    said = set()
    for email, password in tries:
        answer = client.post("/en/login", data={"email": email, "password": password})
        assert answer.status_code == 200
        said.update(re.findall(r'class="error-summary".*?</div>', answer.text, re.DOTALL))
    assert len(said) == 1


def test_a_password_is_the_same_however_its_letters_are_typed(
    app: Flask, client: FlaskClient
) -> None:
    someone(app, email="zoe@example.org", password="ma\u0301s de dos cafe\u0301s")
    with app.app_context(), db.transaction():
        person = accounts.find("zoe@example.org")
        assert person is not None
        accounts._set_password(person, "ma\u0301s de dos cafe\u0301s")
    assert signs_in(client, "zoe@example.org", "m\u00e1s de dos caf\u00e9s")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "///evil.example",
        "javascript:alert(1)",
    ],
)
def test_a_sign_in_leads_nowhere_else(app: Flask, client: FlaskClient, elsewhere: str) -> None:
    someone(app, email="right@example.org")
    for send in (
        {"query_string": {"next": elsewhere}, "data": {}},
        {"data": {"next": elsewhere}},
    ):
        data = {"email": "right@example.org", "password": houses.PASSWORD, **send.pop("data")}
        answer = client.post("/en/login", data=data, **send)
        assert answer.status_code == 302
        assert re.match(r"/(?![/\\])", answer.location), answer.location
        client.post("/en/logout")


def test_a_sign_in_leads_back_to_the_page_that_asked_for_it(
    app: Flask, client: FlaskClient
) -> None:
    someone(app, email="right@example.org")
    asked = client.get("/en/account")
    assert asked.location.startswith("/en/login?next=")
    data = {"email": "right@example.org", "password": houses.PASSWORD}
    assert client.post(asked.location, data=data).location == "/en/account"


def test_a_session_planted_before_the_sign_in_does_not_live_on(
    app: Flask, client: FlaskClient
) -> None:
    someone(app, email="right@example.org")
    with client.session_transaction() as session:
        session["csrf_token"] = session["planted"] = "a stranger's"
    assert signs_in(client, "right@example.org", houses.PASSWORD)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != "a stranger's"


def test_signing_out_ends_the_session(app: Flask, client: FlaskClient) -> None:
    someone(app, email="right@example.org")
    signs_in(client, "right@example.org", houses.PASSWORD)
    assert client.post("/en/logout").status_code == 302
    assert client.get("/en/account").status_code == 302


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(ENV="production", SITE="https://passage.example", MAIL_SERVER="localhost")
    someone(app, email="right@example.org")
    data = {"email": "right@example.org", "password": houses.PASSWORD, "remember": "y"}
    answer = app.test_client().post("/en/login", data=data, base_url="https://passage.example")
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"session", "remember_token"}
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_the_library_answers_no_json_and_makes_no_tokens(app: Flask, client: FlaskClient) -> None:
    someone(app, email="right@example.org")
    data = {"email": "right@example.org", "password": houses.PASSWORD}
    answer = client.post("/en/login?include_auth_token", json=data)
    assert answer.mimetype == "text/html"
    assert client.get("/en/login", headers={"Accept": "application/json"}).mimetype == "text/html"


def test_a_form_without_its_csrf_token_is_refused_with_a_clear_page(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    client = app.test_client()
    for path in ("register", "login", "reset", "confirm", "reset/x", "confirm/x", "logout"):
        answer = client.post(f"/en/{path}", data=NEWCOMER)
        assert answer.status_code == 400, path
        assert "<h1>" in answer.text
    assert person_of(app, NEWCOMER["email"]) is None


# Reset and change


def test_a_forgotten_password_is_chosen_anew_and_every_session_ends(
    app: Flask, client: FlaskClient
) -> None:
    person = someone(app, email="right@example.org", language="es")
    elsewhere = houses.signed_in(app.test_client(), person)
    assert elsewhere.get("/en/account").status_code == 200

    assert client.post("/en/reset", data={"email": person.email}).location == "/en/reset/sent"
    path = link_in(mails(app)[0])
    assert path.startswith("/es/reset/")
    assert client.get(path).headers["Cache-Control"] == "no-store"
    assert client.post(path, data={"password": "short"}).status_code == 422
    assert client.post(path, data={"password": "five ripe mangoes"}).status_code == 302

    assert elsewhere.get("/en/account").status_code == 302
    assert not signs_in(client, "right@example.org", houses.PASSWORD)
    assert signs_in(client, "right@example.org", "five ripe mangoes")
    assert client.post(path, data={"password": "another one of mine"}).status_code == 410


def test_asking_for_a_reset_answers_alike_for_everybody(app: Flask, client: FlaskClient) -> None:
    someone(app, email="known@example.org")
    someone(app, email="gone@example.org", active=False)
    for address in ("known@example.org", "gone@example.org", "nobody@example.org"):
        assert client.post("/en/reset", data={"email": address}).location == "/en/reset/sent"
    assert [mail["to"] for mail in mails(app)] == ["known@example.org"]
    assert client.post("/en/reset", data={"email": "no address"}).status_code == 422


def test_a_changed_password_ends_every_other_session(app: Flask, client: FlaskClient) -> None:
    person = someone(app, email="right@example.org")
    elsewhere = houses.signed_in(app.test_client(), person)
    houses.signed_in(client, person)
    wrong = {"current": "not mine at all", "password": "five ripe mangoes"}
    assert client.post("/en/account/password", data=wrong).status_code == 422
    right = {"current": houses.PASSWORD, "password": "five ripe mangoes"}
    assert client.post("/en/account/password", data=right).location == "/en/account"
    assert client.get("/en/account").status_code == 200
    assert elsewhere.get("/en/account").status_code == 302
    assert mails(app)[-1]["to"] == "right@example.org"


def test_a_new_address_counts_once_it_is_confirmed_there(app: Flask, client: FlaskClient) -> None:
    person = someone(app, email="old@example.org")
    houses.signed_in(client, person)
    change = {"email": "New@example.org", "password": houses.PASSWORD}
    assert client.post("/en/account/email", data=change).location == "/en/account"
    [mail] = mails(app)
    assert mail["to"] == "new@example.org"
    path = link_in(mail)
    assert client.get(path).status_code == 200
    assert person_of(app, "old@example.org")
    assert client.post(path).status_code == 302
    assert person_of(app, "new@example.org")
    assert [mail["to"] for mail in mails(app)] == ["new@example.org", "old@example.org"]
    assert client.post(path).status_code == 410


def test_the_address_of_another_account_is_not_given_away(app: Flask, client: FlaskClient) -> None:
    person = someone(app, email="mine@example.org")
    someone(app, email="taken@example.org")
    houses.signed_in(client, person)
    change = {"email": "taken@example.org", "password": houses.PASSWORD}
    assert client.post("/en/account/email", data=change).location == "/en/account"
    [mail] = mails(app)
    assert link_in(mail) == "/en/login"  # its owner is told that she has an account


def test_an_address_that_was_taken_meanwhile_stays_with_who_has_it(
    app: Flask, client: FlaskClient
) -> None:
    person = someone(app, email="mine@example.org")
    houses.signed_in(client, person)
    change = {"email": "wanted@example.org", "password": houses.PASSWORD}
    client.post("/en/account/email", data=change)
    path = link_in(mails(app)[0])
    someone(app, email="wanted@example.org")
    assert client.post(path).status_code == 409
    assert person_of(app, "mine@example.org")


def test_the_profile_is_changed_and_the_change_is_written_down(
    app: Flask, client: FlaskClient
) -> None:
    person = someone(app, name="Aminata", language="en", country="SN", timezone="UTC")
    houses.signed_in(client, person)
    form = {
        "name": "Aminata  Diouf",
        "certificate_name": "Mme Aminata DIOUF",
        "language": "fr",
        "country": "SN",
        "timezone": "",
        "organisation": "Ministère de l’Intérieur",
    }
    assert client.post("/en/account", data=form).location == "/fr/account"
    page = client.get("/fr/account").text
    assert "Mme Aminata DIOUF" in page
    with app.app_context():
        entry = db.session().scalar(
            select(AuditEntry).where(AuditEntry.action == "account.changed")
        )
        assert entry is not None
        assert entry.before is not None
        assert entry.after is not None
        assert entry.before["name"] == "Aminata"
        assert entry.after["name"] == "Aminata Diouf"
        assert entry.after["timezone"] == "Africa/Dakar"
        assert "country" not in entry.after


def test_every_change_of_an_account_is_written_down(app: Flask, client: FlaskClient) -> None:
    client.post("/en/register", data=NEWCOMER)
    client.post(link_in(mails(app)[-1]))
    client.post("/en/reset", data=NEWCOMER)
    client.post(link_in(mails(app)[-1]), data={"password": "five ripe mangoes"})
    signs_in(client, NEWCOMER["email"], "five ripe mangoes")
    change = {"current": "five ripe mangoes", "password": "six ripe mangoes"}
    client.post("/en/account/password", data=change)
    client.post(
        "/en/account/email", data={"email": "b@example.org", "password": "six ripe mangoes"}
    )
    client.post(link_in(mails(app)[-1]))
    with app.app_context():
        actions = db.session().scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        count = db.session().scalar(select(func.count()).select_from(AuditEntry))
        told = str(db.session().execute(select(AuditEntry.before, AuditEntry.after)).all())
    assert list(actions) == [
        "account.created",
        "account.confirmed",
        "password.reset",
        "password.changed",
        "email.changed",
    ]
    assert count == 5
    assert "mangoes" not in told


@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_words_of_the_accounts_library_are_translated_too(app: Flask, language: str) -> None:
    with app.test_request_context(f"/{language}/"):
        said, _ = get_message("PASSWORD_RESET_NO_LOGIN")
        with force_locale("en"):
            english, _ = get_message("PASSWORD_RESET_NO_LOGIN")
    assert english.startswith("You")
    assert said != english


@pytest.mark.parametrize("path", ["verify", "change", "change-email", "fs-static/x"])
def test_no_page_of_the_library_is_open_beside_ours(client: FlaskClient, path: str) -> None:
    assert client.get(f"/en/{path}").status_code == 404
