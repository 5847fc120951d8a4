"""The table of records: views of the completions that somebody keeps for herself."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, now


class View(Base):
    """A choice of columns in an order, of filters and of a direction, under a name of her own.

    `columns` are their names in files, also of plugins that are switched off meanwhile; `filters`
    are values by parameter, as in an address, never words that look for somebody.
    """

    __tablename__ = "records_view"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(100))
    columns: Mapped[list[Any]]
    filters: Mapped[dict[str, Any]]
    sort: Mapped[str] = mapped_column(String(16), default="newest")
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
