"""The account's resources: what the pages of the account do, as JSON."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g, make_response
from flask.views import MethodView
from flask_babel import gettext as _

from app import accounts, api, limits, profiles, schemas, tokens, web
from app.errors import Unauthenticated
from app.models import Person, Token

account = api.Blueprint("account", __name__, description="Accounts and access tokens")


def _mail_follows() -> dict[str, str]:
    """The same answer whether there is such an account or not."""
    return {"detail": _("If it is right, a mail follows. Open the link in it.")}


@account.route("/people", methods=["POST"])
@account.arguments(schemas.SignUp)
@account.response(202, schemas.Sentence)
def sign_up(wanted: dict[str, Any]) -> Any:
    """Sign up. A mail follows, also to an address that has an account: it says so there alone."""
    limits.count("sign-up", wanted["email"])
    accounts.sign_up(language=web.language(), **wanted)
    return _mail_follows()


@account.route("/confirmations", methods=["POST"])
@account.arguments(schemas.Named)
@account.response(202, schemas.Sentence)
def ask_to_confirm(wanted: dict[str, Any]) -> Any:
    """Ask for the mail that confirms an address once more."""
    limits.count("confirm", wanted["email"])
    accounts.ask_to_confirm(**wanted)
    return _mail_follows()


@account.route("/confirmations/<token>", methods=["POST"])
@account.response(204)
def confirm(token: str) -> None:
    """Confirm an address by the last part of the mailed link; 410 when it is too old or used."""
    accounts.confirm(token)


@account.route("/password-resets", methods=["POST"])
@account.arguments(schemas.Named)
@account.response(202, schemas.Sentence)
def ask_for_reset(wanted: dict[str, Any]) -> Any:
    """Ask for the mail that lets one choose a new password."""
    limits.count("reset", wanted["email"])
    accounts.ask_for_reset(**wanted)
    return _mail_follows()


@account.route("/password-resets/<token>", methods=["POST"])
@account.arguments(schemas.NewPassword)
@account.response(204)
def reset_password(wanted: dict[str, Any], token: str) -> None:
    """Choose a new password by the last part of the mailed link. Every session and every token of
    the account ends."""
    accounts.reset_password(token, **wanted)


@account.route("/email-changes/<token>", methods=["POST"])
@account.response(204)
def change_email(token: str) -> None:
    """Confirm a new address by the last part of the link that was mailed to it."""
    accounts.change_email(token)


@account.route("/tokens")
class Tokens(MethodView):
    @account.arguments(schemas.SignIn)
    @account.response(201, schemas.MadeToken)
    def post(self, wanted: dict[str, Any]) -> Any:
        """Sign in: a token for an address and a password. Its secret is shown this once."""
        email, password = wanted.pop("email"), wanted.pop("password")
        limits.check("sign-in", email)
        try:
            person = accounts.sign_in(email=email, password=password)
        except Unauthenticated:
            limits.count("sign-in", email)
            raise
        return _made(*tokens.make(person, **wanted))

    @api.needs("account")
    @account.response(200, api.list_of(schemas.Token))
    def get(self, person: Person) -> Any:
        """Your tokens that are not revoked, the newest first, without their secrets."""
        return {"items": tokens.of_person(person), "next": None}


@account.route("/tokens/<uuid:token_id>")
class OneToken(MethodView):
    @api.needs("account")
    @account.response(204)
    def delete(self, token_id: UUID, person: Person) -> None:
        """Revoke a token of yours, also the one that you call with."""
        tokens.revoke(person, token_id)


def _made(token: Token, secret: str) -> Any:
    body = schemas.MadeToken().dump(token) | {"secret": secret}
    return make_response(body, 201, {"Cache-Control": "no-store"})


@account.route("/me")
class Me(MethodView):
    @api.needs("read")
    @account.response(200, schemas.Me)
    def get(self, person: Person) -> Any:
        """Who you are here."""
        return person

    @api.needs("account")
    @account.arguments(schemas.Profile)
    @account.response(200, schemas.Me)
    def patch(self, changes: dict[str, Any], person: Person) -> Any:
        """Change your name, language, time zone, country or organisation."""
        profiles.edit(person, changes, by=person)
        return person


@account.route("/me/tokens", methods=["POST"])
@api.needs("account")
@account.arguments(schemas.NewToken)
@account.response(201, schemas.MadeToken)
def make_token(wanted: dict[str, Any], person: Person) -> Any:
    """A further token for yourself. Its secret is shown this once."""
    return _made(*tokens.make(person, **wanted, within=g.scopes))


@account.route("/me/password", methods=["PUT"])
@api.needs("account")
@account.arguments(schemas.ChangePassword)
@account.response(204)
def change_password(wanted: dict[str, Any], person: Person) -> None:
    """Change your password; every session ends, tokens stay."""
    limits.count("change", person.email)
    accounts.change_password(person, **wanted)


@account.route("/me/email", methods=["PUT"])
@api.needs("account")
@account.arguments(schemas.ChangeEmail)
@account.response(202, schemas.Sentence)
def ask_for_email(wanted: dict[str, Any], person: Person) -> Any:
    """Change your address: a mail goes to the new one, and its link makes it yours."""
    limits.count("change", person.email)
    accounts.ask_for_email(person, **wanted)
    return _mail_follows()
