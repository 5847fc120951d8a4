"""The form of an import: a file, and a cohort; shape only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.validators import Optional

from app.forms import Form
from cohorts.forms.enrolling import offer_cohorts
from cohorts.models import Cohort


class Upload(Form):
    """A file of people."""

    file = FileField(
        _l("File"),
        [FileRequired(_l("Choose a file."))],
        description=_l("CSV or XLSX, at most 5 MB and 20,000 rows."),
        render_kw={"accept": ".csv,.txt,.tsv,.xlsx,.zip"},
    )
    cohort = SelectField(
        _l("Cohort"), [Optional()], description=_l("Everybody in the file joins it.")
    )

    def __init__(self, *values: Any, cohorts: Sequence[Cohort], **more: Any) -> None:
        super().__init__(*values, **more)
        offer_cohorts(self, cohorts)
