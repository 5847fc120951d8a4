"""The engine's forms: they declare shape only; the rules live in the services."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_security.forms import LoginForm
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    widgets,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, NumberRange, Optional

from app import accounts, limits, places, tokens, web
from app.config import LANGUAGES
from app.errors import Invalid, Unauthenticated


class Form(FlaskForm):
    """A form that can show what a service refused. The edge has looked at its token (web.py),
    and templates write one: the form itself needs none."""

    class Meta(FlaskForm.Meta):
        csrf = False

    @property
    def status(self) -> int:
        """The status of the page that shows this form: 422 when something on it is wrong."""
        return 422 if self.errors else 200

    def values(self) -> dict[str, Any]:
        """What was entered, by the names that the service knows."""
        return dict(self.data)

    def refuse(self, invalid: Invalid) -> None:
        """Put the sentences of a service at their fields; those of no field above the form."""
        for name, sentence in invalid.fields.items():
            if name in self:
                self[name].errors = [str(sentence)]
            else:
                self.form_errors.append(str(sentence))


def _email(label: Any, **words: str) -> StringField:
    return StringField(
        label,
        [InputRequired(_l("Please give an e-mail address."))],
        render_kw={"type": "email", "autocomplete": "email", "maxlength": 254, **words},
    )


def _password(label: Any, *, new: bool, description: Any = "") -> PasswordField:
    return PasswordField(
        label,
        [InputRequired(_l("Please type a password."))],
        description=description,
        render_kw={"autocomplete": "new-password" if new else "current-password"},
    )


def choices(*words: tuple[str, Any]) -> list[SelectChoice]:
    """Values and their words, as a select field takes them."""
    return [SelectChoice(value, label) for value, label in words]


_NEW = _l("At least 10 characters. A few words in a row are good.")


class SignIn(LoginForm):
    """Flask-Security's own form, whose verdict is our service's."""

    email = _email(_l("E-mail address"), autocomplete="username")
    password = _password(_l("Password"), new=False)
    remember = BooleanField(_l("Keep me signed in on this device"))

    def validate_next(self, field: Any) -> None:
        """An address elsewhere is no error of hers: the library's redirect passes it over."""

    def validate(self, **options: Any) -> bool:
        if not FlaskForm.validate(self, **options):
            return False
        limits.check("sign-in", self.email.data)
        try:
            self.user = accounts.sign_in(email=self.email.data, password=self.password.data)
        except Unauthenticated as refused:
            limits.count("sign-in", self.email.data)
            self.form_errors.append(str(refused.sentence))
            return False
        return True


def _name() -> StringField:
    return StringField(
        _l("Full name"),
        [InputRequired(_l("Please give your name."))],
        description=_l("As it is to stand on your certificates."),
        render_kw={"autocomplete": "name", "maxlength": 200},
    )


def _country() -> SelectField:
    return SelectField(_l("Country"), [InputRequired(_l("Please choose a country."))])


def _timezone() -> SelectField:
    return SelectField(
        _l("Time zone"),
        [Optional()],
        description=_l("Dates and times are shown in it. Left open, it is that of your country."),
    )


def _organisation() -> StringField:
    return StringField(
        _l("Organisation or ministry"),
        [Optional()],
        render_kw={"autocomplete": "organization", "maxlength": 200},
    )


class Placed(Form):
    """A form that asks for a country and a time zone, offered in the reader's language."""

    def __init__(self, *values: Any, **options: Any) -> None:
        super().__init__(*values, **options)
        language = web.language()
        self.country.choices = choices(("", _l("Choose a country")), *places.countries(language))
        self.timezone.choices = choices(("", _l("As in my country")), *places.zones(language))


class SignUp(Placed):
    name = _name()
    email = _email(_l("E-mail address"))
    password = _password(_l("Password"), new=True, description=_NEW)
    country = _country()
    timezone = _timezone()
    organisation = _organisation()


class Profile(Placed):
    name = _name()
    certificate_name = StringField(
        _l("Name on certificates"),
        [Optional()],
        description=_l("Only if it is to differ from your full name."),
        render_kw={"maxlength": 200},
    )
    language = SelectField(
        _l("Language"),
        [InputRequired(_l("Please choose a language."))],
        choices=choices(*LANGUAGES.items()),
        description=_l("Of our mails, and of your certificates."),
    )
    country = _country()
    timezone = _timezone()
    organisation = _organisation()


class Named(Form):
    """An address that a mail is asked for."""

    email = _email(_l("E-mail address"))


class NewPassword(Form):
    password = _password(_l("New password"), new=True, description=_NEW)


class ChangePassword(Form):
    current = _password(_l("Current password"), new=False)
    password = _password(_l("New password"), new=True, description=_NEW)


class ChangeEmail(Form):
    email = _email(_l("New e-mail address"))
    password = _password(_l("Your password"), new=False)


_DAYS = _l("Please give a number of days from 1 to 365.")


class NewToken(Form):
    name = StringField(
        _l("What it is for"),
        [InputRequired(_l("Please say what this token is for."))],
        render_kw={"maxlength": 100},
    )
    scopes = SelectMultipleField(
        _l("What it may do"),
        [InputRequired(_l("Please choose what this token may do."))],
        choices=choices(*tokens.SCOPES.items()),
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )
    days = IntegerField(
        _l("Days until it ends"),
        [InputRequired(_DAYS), NumberRange(1, tokens.LONGEST, _DAYS)],
        default=90,
    )
