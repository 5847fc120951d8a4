"""Pages of the account: sign up, confirm, reset, change; profile, password, address, tokens.

A mailed link opens a page with one button: GET writes nothing, so that a mail scanner that opens
the link confirms nothing and changes no password.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import (
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security.utils import login_user

from app import accounts, db, forms, limits, profiles, tokens, web
from app.errors import Gone, Invalid
from app.models import Person, Token
from app.web import Link

pages = web.Pages("account", __name__)


def navigation(person: Person | None) -> list[Link]:
    """The account's own entries."""
    if person is None:
        return [
            Link(_l("Sign in"), "security.login", 10, "account"),
            Link(_l("Create an account"), "account.register", 20, "account"),
        ]
    return [
        Link(_l("My account"), "account.profile", 30, "account"),
        Link(_l("Access tokens"), "account.access_tokens", 40, "account"),
    ]


def _mailed(to: str | None, endpoint: str) -> Any:
    """Say where to look for the mail, whether there is one or not."""
    session["mailed_to"] = (to or "").strip()
    return redirect(url_for(endpoint))


def _secret(page: str) -> Response:
    """A page that no cache may keep."""
    return make_response(page, {"Cache-Control": "no-store"})


# Sign up and confirm


@pages.route("/register", methods=["GET", "POST"])
def register() -> Any:
    if web.reader():
        return redirect(url_for("engine.my"))
    form = forms.SignUp()
    if form.validate_on_submit():
        limits.count("sign-up", form.email.data)
        try:
            accounts.sign_up(language=web.language(), **form.values())
            return _mailed(form.email.data, "account.registered")
        except Invalid as invalid:
            form.refuse(invalid)
    return render_template("account/register.html", form=form), form.status


@pages.get("/register/sent", endpoint="registered", defaults={"act": "register"})
@pages.get("/confirm/sent", endpoint="confirmation_sent", defaults={"act": "confirm"})
@pages.get("/reset/sent", endpoint="reset_sent", defaults={"act": "reset"})
def sent(act: str) -> Any:
    return render_template("account/sent.html", act=act, address=session.get("mailed_to"))


@pages.route("/confirm", methods=["GET", "POST"])
def send_confirmation() -> Any:
    form = forms.Named()
    if form.validate_on_submit():
        limits.count("confirm", form.email.data)
        try:
            accounts.ask_to_confirm(email=form.email.data)
            return _mailed(form.email.data, "account.confirmation_sent")
        except Invalid as invalid:
            form.refuse(invalid)
    return render_template("account/ask_confirm.html", form=form), form.status


@pages.route("/confirm/<token>", methods=["GET", "POST"])
def confirm(token: str) -> Any:
    try:
        if request.method in web.SAFE:
            person = accounts.to_confirm(token)
            return _secret(render_template("account/confirm.html", address=person.email))
        accounts.confirm(token)
    except Gone as gone:
        return _over("account/ask_confirm.html", gone)
    flash(_("Your address is confirmed. You can sign in now."), "success")
    return redirect(url_for("security.login"))


def _over(template: str, gone: Gone) -> Any:
    """A link that no longer opens anything, and the form to ask for another."""
    return render_template(template, form=forms.Named(formdata=None), over=gone.sentence), 410


# A forgotten password


@pages.route("/reset", methods=["GET", "POST"])
def forgot_password() -> Any:
    form = forms.Named()
    if form.validate_on_submit():
        limits.count("reset", form.email.data)
        try:
            accounts.ask_for_reset(email=form.email.data)
            return _mailed(form.email.data, "account.reset_sent")
        except Invalid as invalid:
            form.refuse(invalid)
    return render_template("account/ask_reset.html", form=form), form.status


@pages.route("/reset/<token>", methods=["GET", "POST"])
def reset_password(token: str) -> Any:
    form = forms.NewPassword()
    try:
        person = accounts.to_reset(token)
        if form.validate_on_submit():
            accounts.reset_password(token, **form.values())
            flash(_("Your password is changed. Sign in with the new one."), "success")
            return redirect(url_for("security.login"))
    except Gone as gone:
        return _over("account/ask_reset.html", gone)
    except Invalid as invalid:
        form.refuse(invalid)
    page = render_template("account/reset.html", form=form, address=person.email)
    return _secret(page), form.status


# Signed in


@pages.route("/account", methods=["GET", "POST"])
def profile() -> Any:
    person = web.signed_in()
    form = forms.Profile(obj=person)
    if form.validate_on_submit():
        try:
            profiles.edit(person, form.values(), by=person)
            flash(_("Your account is saved."), "success")
            return redirect(url_for("account.profile", lang=person.language))
        except Invalid as invalid:
            form.refuse(invalid)
    return render_template("account/profile.html", form=form), form.status


@pages.route("/account/password", methods=["GET", "POST"])
def change_password() -> Any:
    person = web.signed_in()
    form = forms.ChangePassword()
    if form.validate_on_submit():
        limits.count("change", person.email)
        try:
            accounts.change_password(person, **form.values())
            login_user(person, authn_via=["change"])  # this session alone goes on
            flash(_("Your password is changed. Every other session was ended."), "success")
            return redirect(url_for("account.profile"))
        except Invalid as invalid:
            form.refuse(invalid)
    return render_template("account/password.html", form=form), form.status


@pages.route("/account/email", methods=["GET", "POST"])
def change_email() -> Any:
    person = web.signed_in()
    form = forms.ChangeEmail()
    if form.validate_on_submit():
        limits.count("change", person.email)
        try:
            accounts.ask_for_email(person, **form.values())
            flash(_("Open the link in the mail to your new address."), "success")
            return redirect(url_for("account.profile"))
        except Invalid as invalid:
            form.refuse(invalid)
    return render_template("account/email.html", form=form, address=person.email), form.status


@pages.route("/account/email/<token>", methods=["GET", "POST"])
def confirm_email(token: str) -> Any:
    if request.method in web.SAFE:
        person, wanted = accounts.to_change_email(token)
        return _secret(
            render_template("account/confirm_email.html", address=wanted, old=person.email)
        )
    person = accounts.change_email(token)
    flash(_("Your address is now %(address)s.", address=person.email), "success")
    return redirect(url_for("account.profile" if web.reader() else "security.login"))


@pages.route("/account/tokens", methods=["GET", "POST"])
def access_tokens() -> Any:
    person = web.signed_in()
    form = forms.NewToken()
    if form.validate_on_submit():
        try:
            return _shown_once(*tokens.make(person, **form.values()))
        except Invalid as invalid:
            form.refuse(invalid)
    page = render_template(
        "account/tokens.html",
        form=form,
        tokens=tokens.of_person(person),
        scopes=tokens.SCOPES,
        now=db.now(),
    )
    return page, form.status


def _shown_once(token: Token, secret: str) -> Any:
    """The answer to the POST itself, so that the secret is kept nowhere on its way."""
    page = render_template(
        "account/token_made.html", token=token, secret=secret, scopes=tokens.SCOPES
    )
    return _secret(page)


@pages.post("/account/tokens/<uuid:token_id>/revoke")
def revoke_token(token_id: UUID) -> Any:
    tokens.revoke(web.signed_in(), token_id)
    flash(_("The token is revoked. Whatever used it has no access any more."), "success")
    return redirect(url_for("account.access_tokens"))
