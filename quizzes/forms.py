"""What the pages of quizzes ask for: shape only, the rules live in the service."""

from __future__ import annotations

from wtforms import IntegerField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange

from app.forms import Form


class AnswerForm(Form):
    """The options chosen, and the revision of the answer that they replace."""

    given = SelectMultipleField(validate_choice=False, choices=[])
    revision = IntegerField(validators=[InputRequired(), NumberRange(min=0)])
