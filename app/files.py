"""The file store: bytes kept once, under their SHA-256, in a folder or wherever a setting says.

Each plugin has a shelf of its own in it. A file is laid down before or within the act that names
it; where the act is undone it stays behind, is harmless, and is swept a day later: the plugin says
which of its files its rows name, and no other looks at its shelf.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from app import db, plugins

PIECE = 256 * 1024
"""Bytes that are held in memory of a file at most, or nearly."""
LEFT_BEHIND = timedelta(days=1)
"""How long a file that nobody names is left alone: the act that names it may still go on."""
_FRESH = LEFT_BEHIND / 2
_GATE = 1
_SWEPT_AT_ONCE = 50


def name_of(pieces: Iterable[bytes]) -> str:
    """The name of a file: its SHA-256 in hexadecimal digits."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def lay_down(shelf: str, name: str, pieces: Callable[[], Iterable[bytes]]) -> None:
    """Keep a file under the name that name_of says; durable when this returns. What is there
    already is not written again, unless it is so old that it may be swept."""
    path, age = _path(shelf, name), _age(shelf, name)
    if age is None or age >= _FRESH:
        obstore.put(_store(), path, iter(pieces()), chunk_size=PIECE)
    _make_durable(path)  # also what somebody else laid down a moment ago


def hold(shelf: str, name: str, pieces: Callable[[], Iterable[bytes]]) -> None:
    """The same within the writing transaction that names the file: from here until it ends nothing
    is swept. Quick where the file was laid down before."""
    db.gate(_GATE)
    if _age(shelf, name) is None:
        lay_down(shelf, name, pieces)


def reading(shelf: str, name: str) -> Callable[[], Iterator[bytes]]:
    """A file to be read piece by piece, also when the request is over. Reading raises
    FileNotFoundError."""
    store, path = _store(), _path(shelf, name)

    def pieces() -> Iterator[bytes]:
        for piece in obstore.get(store, path).stream(min_chunk_size=PIECE):
            yield bytes(piece)

    return pieces


def is_there(shelf: str, name: str) -> bool:
    return _age(shelf, name) is not None


def part(shelf: str, name: str, *, start: int, length: int) -> tuple[bytes, bool]:
    """So many bytes of a file from this place on, and whether it ends with them. Raises
    FileNotFoundError."""
    size = obstore.head(_store(), _path(shelf, name))["size"]
    end = min(start + length, size)
    if start >= end:
        return b"", True
    found = obstore.get_range(_store(), _path(shelf, name), start=start, end=end)
    return bytes(found), end == size


def remove(shelf: str, name: str) -> None:
    """Take a file away, if it is there. Whoever calls this knows that nobody names it: see
    sweep."""
    try:
        obstore.delete(_store(), _path(shelf, name))
    except FileNotFoundError:
        return


def sweep(shelf: str, named: Callable[[Collection[str]], Collection[str]]) -> int:
    """Remove what was left behind on a shelf, outside of any transaction; how many files.
    `named` says which of some names are in use."""
    count = 0
    for some in obstore.list(_store(), shelf, chunk_size=_SWEPT_AT_ONCE):
        border = db.now() - LEFT_BEHIND
        old = [_name(one["path"]) for one in some if one["last_modified"] < border]
        if old:
            count += _sweep_piece(shelf, old, named)
    return count


def _sweep_piece(
    shelf: str, old: Collection[str], named: Callable[[Collection[str]], Collection[str]]
) -> int:
    """Whoever names one of these meanwhile waits at the gate, and lays it down again."""
    with db.transaction():
        db.gate(_GATE, alone=True)
        gone = set(old) - set(named(old))
        for name in gone:
            remove(shelf, name)
        return len(gone)


def _age(shelf: str, name: str) -> timedelta | None:
    try:
        return db.now() - obstore.head(_store(), _path(shelf, name))["last_modified"]
    except FileNotFoundError:
        return None


def _path(shelf: str, name: str) -> str:
    return f"{shelf}/{name[:2]}/{name}"


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _store() -> ObjectStore:
    return _opened(str(plugins.setting("FILES_URL")))


@cache
def _opened(url: str) -> ObjectStore:
    if url.startswith("file:"):
        return from_url(url, mkdir=True)
    return from_url(url)


def _make_durable(path: str) -> None:
    """Bring a file of a local folder to the disk, and the folders that name it: obstore leaves that
    to the system. Other stores answer when it is done."""
    store = _store()
    if not isinstance(store, LocalStore):
        return
    file = Path(str(store.prefix)) / path
    for place in (file, file.parent, file.parent.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
