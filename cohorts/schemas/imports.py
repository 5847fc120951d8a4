"""Imports as JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from app.api import Page, Schema
from cohorts import models, verdicts
from cohorts.service import importing


class Upload(Schema):
    """`cohort` is the id of a cohort that everybody in the file joins, `name` what the file is
    called. The file is the whole body (`text/csv` or a workbook's type), or the part `file` of
    a form (`multipart/form-data`)."""

    cohort = ma.fields.UUID(load_default=None)
    name = ma.fields.String(load_default=None)


class Import(Schema):
    """`state` is "checked" (nobody is enrolled yet), "running" or "finished"; `counts` says how
    many rows have which verdict; `encoding` is set where it was guessed; in `unknown_columns`
    nothing was read."""

    id = ma.fields.UUID(required=True)
    edition = ma.fields.String()
    name = ma.fields.String()
    source = ma.fields.String(metadata={"enum": ["moodle", "canvas", "oneroster", "plain"]})
    state = ma.fields.String(metadata={"enum": ["checked", "running", "finished"]})
    cohort = ma.fields.UUID(allow_none=True)
    encoding = ma.fields.String(allow_none=True)
    unknown_columns = ma.fields.List(ma.fields.String())
    total = ma.fields.Integer()
    done = ma.fields.Integer()
    counts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
    created_at = ma.fields.AwareDateTime()
    finished_at = ma.fields.AwareDateTime(allow_none=True)


class Summary(Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String()
    state = ma.fields.String()
    total = ma.fields.Integer()
    created_at = ma.fields.AwareDateTime()


class Rows(Page):
    verdict = ma.fields.String(load_default=None, validate=ma.validate.OneOf(verdicts.ORDER))


class ImportRow(Schema):
    """`row` counts from 1, the header included; `cells` are those of the file; `person` is who is
    enrolled, and null of everybody else."""

    row = ma.fields.Integer(attribute="number")
    email = ma.fields.String(allow_none=True)
    verdict = ma.fields.String(metadata={"enum": list(verdicts.ORDER)})
    reason = ma.fields.Function(lambda one: str(verdicts.why(one.verdict, one.detail)))
    person = ma.fields.UUID(attribute="seated", allow_none=True)
    cells = ma.fields.List(ma.fields.String(), attribute="values")


def whole(one: models.Import) -> dict[str, Any]:
    return {
        "id": one.id,
        "edition": one.edition.slug,
        "name": one.name,
        "source": one.source,
        "state": one.state,
        "cohort": one.cohort_id,
        "encoding": one.notes.get("encoding"),
        "unknown_columns": one.notes.get("unknown", []),
        "total": one.total,
        "done": importing.done(one),
        "counts": importing.counts(one),
        "created_at": one.created_at,
        "finished_at": one.finished_at,
    }
