"""What administrators see of the outbox: the mail that went out, for as long as it is kept, and
the jobs that failed."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import joinedload

from app import audit, db, jobs, links, paging, permissions, plugins
from app.errors import Conflict, NotFound
from app.models import Outbox, Person

MAIL = "mail.send"
KEPT = timedelta(days=90)
"""How long a mail can be looked at once it was sent. One that could not be sent stays until an
administrator has dealt with it."""
PIECE = 200
"""Mails that are erased in one transaction."""


def state(job: Outbox) -> str:
    """ "waiting", "done", "trying" (it failed and is tried again), "failed" (given up), or
    "erased" (it was about somebody who was)."""
    if not job.payload:
        return "erased"
    if job.done_at is not None:
        return "done"
    if job.error is None:
        return "waiting"
    return "failed" if job.attempts >= jobs.PATIENCE else "trying"


def mails(
    *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[Outbox], str | None]:
    """Some mails, the newest first, and the cursor of the older ones."""
    permissions.demand(by, "mail.read")
    return _page([Outbox.task == MAIL], cursor, limit)


def get_mail(mail_id: int, *, by: Person) -> Outbox:
    """One mail with its text. Raises NotFound."""
    permissions.demand(by, "mail.read")
    found = db.session().get(Outbox, mail_id)
    if found is None or found.task != MAIL:
        raise NotFound(_l("There is no such mail."))
    return found


def text(job: Outbox) -> str | None:
    """The words of a mail. In the demonstration the links in it can be followed, for there is no
    mailbox; elsewhere they are masked, or administrators could enter every account."""
    words: str | None = job.payload.get("text")
    if words is None or plugins.setting("ENV") != "production":
        return words
    return links.masked(words)


def failed(
    *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[Outbox], str | None]:
    """Some jobs that failed and are not done since, the newest first, and the cursor of the
    older ones."""
    permissions.demand(by, "jobs.read")
    return _page([Outbox.error.is_not(None), Outbox.done_at.is_(None)], cursor, limit)


def replay(job_id: int, *, by: Person) -> Outbox:
    """Try a job again at once. Raises NotFound, and Conflict when there is nothing to do again."""
    permissions.demand(by, "jobs.write")
    job = db.session().get(Outbox, job_id, with_for_update=True)
    if job is None:
        raise NotFound(_l("There is no such job."))
    if job.done_at is not None or job.error is None:
        raise Conflict(_l("This job did not fail: there is nothing to try again."))
    audit.record(
        "job.replayed",
        f"job:{job.id}",
        actor=by,
        person=job.person,
        before={"task": job.task, "attempts": job.attempts, "error": job.error},
    )
    jobs.replay(job.id)
    db.session().refresh(job)
    return job


def erase_old() -> None:
    """Erase the mails that were sent so long ago, as rows and, in the demonstration, as files;
    the audit says how many."""
    after: int | None = 0
    while after is not None:
        after = _erase_piece(after, db.now() - KEPT)


def _erase_piece(after: int, before: datetime) -> int | None:
    """Look at some of the oldest; the last of them, or None where no older ones follow. None is
    sent before it is written, so the first that is young enough ends it."""
    with db.transaction() as session:
        rows = select(Outbox.id, Outbox.created_at, Outbox.done_at, Outbox.payload)
        rows = rows.where(Outbox.task == MAIL, Outbox.id > after).order_by(Outbox.id).limit(PIECE)
        found = session.execute(rows).all()
        old = [one for one in found if one.done_at is not None and one.done_at < before]
        if old:
            session.execute(delete(Outbox).where(Outbox.id.in_([one.id for one in old])))
            keys = [one.payload["key"] for one in old if one.payload.get("key")]
            jobs.enqueue("people.leave_no_trace", {"mails": keys})
            audit.record("mails.erased", "mails", actor=None, after={"count": len(old)})
    whole = len(found) == PIECE and found[-1].created_at < before
    return found[-1].id if whole else None


jobs.chores["mails.erased"] = jobs.hourly(erase_old)


def _page(
    conditions: list[ColumnElement[bool]], cursor: str | None, limit: int
) -> tuple[list[Outbox], str | None]:
    rows = select(Outbox).where(*conditions).options(joinedload(Outbox.person))
    place = paging.place(cursor, int)
    if place:
        rows = rows.where(Outbox.id < place[0])
    found = db.session().scalars(rows.order_by(Outbox.id.desc()).limit(limit + 1)).all()
    return paging.page(found, limit, lambda one: (one.id,))
