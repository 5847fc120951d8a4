"""Forms of the learner: done with a lesson."""

from __future__ import annotations

from wtforms import HiddenField

from app.forms import Form


class DoneForm(Form):
    """`opened` is the signed time at which the page was opened (see openings.py)."""

    opened = HiddenField()
