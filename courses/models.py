"""Tables of the catalogue: what an offer is, and the text of a lesson in each language."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models import Activity


class Course(Base):
    """What the catalogue offers: an annual course, a module, or a training on request.

    `slug` stands in its address. `facts` is what is said once (mode, duration, languages, place,
    contact, sources; of a module: status, minutes, lessons); `words` is what is said in each
    language. `digest` is the SHA-256 of both.
    """

    __tablename__ = "courses_course"

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    facts: Mapped[dict[str, Any]]
    words: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    activity: Mapped[Activity] = relationship()


class Lesson(Base):
    """The text of a lesson in one language: its Markdown, and the HTML made of it at load.

    `cites` lists the instruments it refers to, each with its short name, title, and whether it is
    in force and binds; `review` is its state (drafted, read-by-native-reader, read-by-lawyer);
    `minutes` is the time planned for it; `digest` is the SHA-256 of all of this.
    """

    __tablename__ = "courses_lesson"

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    objectives: Mapped[list[Any]]
    cites: Mapped[list[Any]]
    word_count: Mapped[int]
    minutes: Mapped[int]
    review: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
