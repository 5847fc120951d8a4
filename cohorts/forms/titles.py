"""Titles in every language, as a form asks for them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Optional

from app.config import LANGUAGES
from app.errors import Invalid
from app.forms import Form

_LENGTH = {"maxlength": 200}


class Titled(Form):
    """A form of something that has titles: `values` and `refuse` know them as `titles`."""

    title_en = StringField(
        _l("Title in English"), [Optional()], render_kw={**_LENGTH, "lang": "en"}
    )
    title_fr = StringField(_l("Title in French"), [Optional()], render_kw={**_LENGTH, "lang": "fr"})
    title_es = StringField(
        _l("Title in Spanish"), [Optional()], render_kw={**_LENGTH, "lang": "es"}
    )

    def values(self) -> dict[str, Any]:
        """What was entered; the titles by language."""
        entered = super().values()
        titles = {lang: entered.pop(f"title_{lang}") for lang in LANGUAGES}
        return {**entered, "titles": titles}

    def refuse(self, invalid: Invalid) -> None:
        """What is wrong with the titles stands at the first that is empty."""
        fields = dict(invalid.fields)
        if "titles" in fields:
            named = [f"title_{lang}" for lang in LANGUAGES]
            empty = next((name for name in named if not self[name].data), named[0])
            fields[empty] = fields.pop("titles")
        super().refuse(Invalid(fields))
