"""Forms of an edition: its facts, and which are looked for; shape only."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    widgets,
)
from wtforms.validators import InputRequired, Optional

from app import places, web
from app.config import LANGUAGES
from app.forms import choices
from cohorts import wording
from cohorts.forms.titles import Titled


class Facts(Titled):
    """What an edition is: also what `changing.change` takes."""

    starts_on = DateField(_l("First day"), [InputRequired(_l("Enter the first day."))])
    ends_on = DateField(_l("Last day"), [InputRequired(_l("Enter the last day."))])
    timezone = SelectField(
        _l("Time zone"),
        [InputRequired(_l("Please choose a time zone."))],
        description=_l("Of the place. The sessions are planned in it."),
    )
    mode = SelectField(
        _l("How"),
        [InputRequired(_l("Choose one of these."))],
        choices=choices(*wording.MODES.items()),
    )
    place = StringField(
        _l("Place"),
        [Optional()],
        description=_l("Needed where people meet in person."),
        render_kw={"maxlength": 200},
    )
    link = StringField(
        _l("Link to the meeting"),
        [Optional()],
        description=_l("Only who is enrolled sees it, and staff."),
        render_kw={"type": "url", "maxlength": 500},
    )
    languages = SelectMultipleField(
        _l("Languages"),
        [InputRequired(_l("Choose one of the languages."))],
        choices=choices(*LANGUAGES.items()),
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )
    seats = IntegerField(
        _l("Seats"),
        [Optional()],
        description=_l("Left empty, as many come as like."),
        render_kw={"inputmode": "numeric", "min": 1},
    )

    def __init__(self, *values: Any, facts: dict[str, Any] | None = None, **options: Any) -> None:
        if facts:
            titles = {f"title_{lang}": words for lang, words in facts["titles"].items()}
            options["data"] = {**facts, **titles}
        super().__init__(*values, **options)
        zones = places.zones(web.language())
        self.timezone.choices = choices(("", _l("Choose a time zone")), *zones)


class NewFacts(Facts):
    """An edition to open, and its address."""

    slug = StringField(
        _l("Address"),
        [Optional()],
        description=_l("Small letters, digits and hyphens. Left empty: the course and the year."),
        render_kw={"maxlength": 100, "autocapitalize": "none", "spellcheck": "false"},
    )
