"""Forms of the learner: done with a lesson."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField


class DoneForm(FlaskForm):
    """`opened` is the signed time at which the page was opened (see openings.py)."""

    opened = HiddenField()
