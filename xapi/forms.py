"""The forms of administrators: credentials, other stores to forward to, what is looked for."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Form as PlainForm
from wtforms import (
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from app.errors import Invalid
from app.forms import Form, choices
from app.vocabulary import VERBS, say
from xapi import credentials, wording
from xapi.models import Target
from xapi.service import access, targets
from xapi.service.selecting import HOUSE

_DAYS = _l("From 1 to %(most)s days, or nothing.", most=access.LONGEST)


class Looked(PlainForm):
    """Which statements are looked for."""

    who = StringField(_l("E-mail address"), [Optional()], render_kw={"type": "search"})
    verb = SelectField(
        _l("What happened"),
        [Optional()],
        validate_choice=False,
    )
    activity = StringField(
        _l("Activity"), [Optional()], render_kw={"type": "search", "placeholder": "modules/m1"}
    )
    authority = StringField(_l("Authority"), [Optional()], render_kw={"type": "search"})
    since = StringField(_l("Stored since"), [Optional()], render_kw={"type": "date"})
    until = StringField(_l("Until"), [Optional()], render_kw={"type": "date"})

    def __init__(self, *values: Any, language: str) -> None:
        super().__init__(*values)
        verbs = ((name, say(verb.display, language)) for name, verb in VERBS.items())
        self.verb.choices = choices(("", _l("Anything")), *verbs)

    def refuse(self, invalid: Invalid) -> None:
        """Put the sentences of a service at their fields. Raises it where one is of no field."""
        for name, sentence in invalid.fields.items():
            if name not in self:
                raise invalid
            self[name].errors = [str(sentence)]


class NewCredential(Form):
    label = StringField(
        _l("Which system it is for"),
        [InputRequired(_l("Please say which system it is for."))],
        render_kw={"maxlength": 200},
    )
    key = StringField(
        _l("Key"),
        [InputRequired(_l("Please choose a key."))],
        description=_l("The user name of Basic authentication: letters, digits, and . _ @ -"),
        render_kw={"maxlength": 100, "autocomplete": "off", "spellcheck": "false"},
    )
    authority = StringField(
        _l("Authority"),
        [Optional()],
        description=_l(
            "The account by which its statements say who stands for them. Left open, it is the key."
        ),
        render_kw={"maxlength": 100, "autocomplete": "off", "spellcheck": "false"},
    )
    scopes = SelectMultipleField(
        _l("What it may do"),
        [InputRequired(_l("Please choose what it may do."))],
        choices=choices(*((one, wording.SCOPES[one]) for one in credentials.SCOPES)),
        default=["statements/write", "statements/read/mine"],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )
    days = IntegerField(
        _l("Days until it ends"),
        [Optional(), NumberRange(1, access.LONGEST, _DAYS)],
        description=_l("Left open, it lives until it is revoked."),
    )
    limit = StringField(
        _l("Limit"),
        [Optional()],
        description=_l("How often it may come: 100 per minute. Left open, as often as it likes."),
        render_kw={"maxlength": 60, "autocomplete": "off", "spellcheck": "false"},
    )


def _lines(label: Any, description: Any) -> TextAreaField:
    return TextAreaField(
        label,
        [Optional()],
        description=description,
        render_kw={"rows": 3, "spellcheck": "false", "autocapitalize": "none"},
    )


class ChangedStore(Form):
    """Another store to forward to: also what `targets.change` takes."""

    label = StringField(
        _l("Which store it is"),
        [InputRequired(_l("Please say which store it is."))],
        render_kw={"maxlength": 200},
    )
    endpoint = StringField(
        _l("Its address"),
        [InputRequired(_l("Give an address that begins with https://"))],
        description=_l("The endpoint for xAPI, such as https://lrs.example/xapi"),
        render_kw={"type": "url", "maxlength": 2000, "spellcheck": "false"},
    )
    key = StringField(
        _l("Key"),
        [InputRequired(_l("Enter the key that this store gave you, without a colon."))],
        render_kw={"maxlength": 200, "autocomplete": "off", "spellcheck": "false"},
    )
    secret = PasswordField(
        _l("Secret"),
        [Optional()],
        description=_l("Left empty, the one that was entered before stays. It is never shown."),
        render_kw={"maxlength": 500, "autocomplete": "new-password"},
    )
    version = SelectField(
        _l("Version of the standard"),
        [InputRequired(_l("Choose one of these."))],
        choices=choices(*((one, one) for one in targets.VERSIONS)),
        default=targets.VERSIONS[-1],
    )
    verbs = _lines(
        _l("Only these verbs"),
        _l("One on each line, as an IRI or by our word (completed). Left empty: all."),
    )
    activities = _lines(
        _l("Only these activities"),
        _l(
            "One on each line, as an IRI or by our address (modules/m1), each with what stands "
            "inside it here. Left empty: all."
        ),
    )
    authorities = SelectMultipleField(
        _l("Only what these have stored"),
        [Optional()],
        description=_l("None chosen: all."),
        validate_choice=False,
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )
    sends_as = StringField(
        _l("The authority by which this store sends to us"),
        [Optional()],
        description=_l("What came from the store itself is not sent back to it."),
        render_kw={"maxlength": 100, "autocomplete": "off", "spellcheck": "false"},
    )

    def __init__(self, *values: Any, target: Target | None = None, **options: Any) -> None:
        if target is not None:
            lines = {name: "\n".join(getattr(target, name)) for name in ("verbs", "activities")}
            names = ("label", "endpoint", "key", "version", "authorities", "sends_as")
            options["data"] = {**{name: getattr(target, name) for name in names}, **lines}
        super().__init__(*values, **options)
        named = dict.fromkeys([*targets.authorities(), *(target.authorities if target else ())])
        named.pop(HOUSE, None)
        words = ((name, name) for name in named)
        self.authorities.choices = choices((HOUSE, _l("This house")), *words)

    def values(self) -> dict[str, Any]:
        lines = {name: (self[name].data or "").splitlines() for name in ("verbs", "activities")}
        return {**super().values(), **lines}


class NewStore(ChangedStore):
    """One that is not known yet, and from where on it is to have the statements."""

    secret = PasswordField(
        _l("Secret"),
        [InputRequired(_l("Enter the secret that this store gave you."))],
        description=_l("It is kept encrypted and never shown again."),
        render_kw={"maxlength": 500, "autocomplete": "new-password"},
    )
    from_the_beginning = SelectField(
        _l("Which statements"),
        [InputRequired(_l("Choose one of these."))],
        choices=choices(("no", _l("From now on")), ("yes", _l("All, from the very first"))),
    )

    def values(self) -> dict[str, Any]:
        return {**super().values(), "from_the_beginning": self.from_the_beginning.data == "yes"}


class LookedForLetters(PlainForm):
    """Which refused statements are looked for."""

    target = SelectField(_l("Store"), [Optional()], validate_choice=False)
    status = StringField(
        _l("Answered with"),
        [Optional()],
        render_kw={"type": "search", "inputmode": "numeric", "placeholder": "400"},
    )

    def __init__(self, *values: Any, stores: list[tuple[str, str]]) -> None:
        super().__init__(*values)
        self.target.choices = choices(("", _l("All")), *stores)
