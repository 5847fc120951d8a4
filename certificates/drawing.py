"""Drawing: the words of a certificate in, an accessible PDF of one page out.

The PDF is tagged and meets PDF/UA-1 and PDF/A-3a together. Words reach the template as JSON
beside it (`sys.inputs`), never as part of its text, so that nobody's name is read as markup.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import cast

import segno
import typst

_HERE = Path(__file__).parent
_FONTS = _HERE / "fonts"
_STANDARDS: list[typst.PDFStandard] = ["ua-1", "a-3a"]
_NO_LETTER = ("could not be displayed", "codepoint")
"""How typst says that no font has a letter, and that the standards forbid one (a byte order mark
that was pasted with a name, a letter for private use)."""
_PLAIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ſ0-9 .,'’()-]+")
"""Letters that our fonts are known to have: no need to draw them first."""
_one_at_a_time = threading.Lock()

BLUE, OCHRE = "#153c7d", "#925c0a"

_SHAPES = {
    "lesson": '<circle r="7"/>',
    "quiz": '<path d="M0-8.5 8.5 0 0 8.5-8.5 0z"/>',
    "session": '<rect x="-7" y="-7" width="14" height="14" rx="2.5"/>',
}
_ROSETTE = (
    "M12 3.2A3.6 3.6 0 0 1 18.2 5.8A3.6 3.6 0 0 1 20.8 12A3.6 3.6 0 0 1 18.2 18.2"
    "A3.6 3.6 0 0 1 12 20.8A3.6 3.6 0 0 1 5.8 18.2A3.6 3.6 0 0 1 3.2 12A3.6 3.6 0 0 1 5.8 5.8"
    "A3.6 3.6 0 0 1 12 3.2z"
)


class Unprintable(ValueError):
    """No font of this machine has some of the letters."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Every word on a certificate, in the language `lang`; `facts` are (label, words) below the
    path; `stations` are the kinds of the stops on it, `way` tells them to who cannot see it;
    `at` is the moment that the file says it was made, in seconds."""

    lang: str
    unit: str
    heading: str
    opening: str
    name: str
    deed: str
    title: str
    when: str
    stations: tuple[str, ...]
    way: str
    facts: tuple[tuple[str, str], ...]
    statement: str
    check: str
    url: str
    code: str
    at: int


@cache
def _compiler() -> typst.Compiler:
    """One for the process: fonts are read once. Those of the system are asked after ours."""
    fonts = typst.Fonts(font_paths=[_FONTS])
    return typst.Compiler(input=_HERE / "certificate.typ", root=_HERE, font_paths=fonts)


@cache
def _families() -> str:
    """Ours, in the order in which they are asked for a letter."""
    ours = typst.Fonts(False, False, [_FONTS]).families()
    return json.dumps(["Libertinus Serif", *sorted(ours, key=lambda one: ("Droid" in one, one))])


def pdf(sheet: Sheet) -> bytes:
    """The certificate as a file. Raises Unprintable."""
    words = asdict(sheet) | {"qr": _qr(sheet.url), "path": _path(sheet.stations)}
    return _draw({"sheet": json.dumps(words)}, at=sheet.at)


@lru_cache(maxsize=256)
def is_printable(name: str) -> bool:
    """Whether the fonts at hand have every letter of this name."""
    return bool(_PLAIN.fullmatch(name)) or _can_be_drawn(name)


def unprintable(names: Iterable[str]) -> set[str]:
    """Those of these names that cannot be printed. Many are drawn at once, and halved where some
    letter is missing, so that ten thousand names take no longer than a page or two."""
    left = list({name for name in names if name and not _PLAIN.fullmatch(name)})
    found: set[str] = set()
    heaps = [left[at : at + 100] for at in range(0, len(left), 100)]
    while heaps:
        heap = heaps.pop()
        if _can_be_drawn("\n".join(heap)):
            continue
        if len(heap) == 1:
            found.update(heap)
        else:
            heaps += [heap[: len(heap) // 2], heap[len(heap) // 2 :]]
    return found


def _can_be_drawn(words: str) -> bool:
    try:
        _draw({"name": words}, at=0)
    except Unprintable:
        return False
    return True


def _draw(inputs: dict[str, str], *, at: int) -> bytes:
    with _one_at_a_time:
        try:
            made = _compiler().compile(
                sys_inputs={"fonts": _families(), **inputs}, pdf_standards=_STANDARDS, timestamp=at
            )
        except typst.TypstError as error:
            if any(words in error.message for words in _NO_LETTER):
                raise Unprintable(error.message) from error
            raise
    return cast(bytes, made)  # the library answers with a list for other formats only


def _qr(url: str) -> str:
    page = io.BytesIO()
    segno.make(url, error="m", micro=False).save(page, kind="svg", border=0, xmldecl=False)
    return page.getvalue().decode()


def _path(stations: tuple[str, ...]) -> str:
    """The passage as it was gone: a winding line, a mark for each stop, the rosette at its end."""
    kinds = [kind for kind in stations if kind != "certificate"]
    kinds = kinds if len(kinds) <= 10 else kinds[:5] + kinds[-5:]
    step, height = 64, 44
    places = [(14 + at * step, 28 if at % 2 == 0 else 16) for at in range(len(kinds) + 1)]
    line = f"M{places[0][0]} {places[0][1]}" + "".join(
        f"C{x + step / 2} {y} {nx - step / 2} {ny} {nx} {ny}"
        for (x, y), (nx, ny) in pairwise(places)
    )
    marks = "".join(
        f'<g transform="translate({x} {y})">{_SHAPES.get(kind, _SHAPES["lesson"])}'
        '<path class="tick" d="m-3.4.3 2.4 2.4 4.4-4.8" fill="none" stroke="#fff"/></g>'
        for (x, y), kind in zip(places, kinds, strict=False)
    )
    x, y = places[-1]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {x + 18} {height}">'
        f'<path d="{line}" fill="none" stroke="{BLUE}" stroke-width="1.4"/>'
        f'<g fill="{BLUE}" stroke-width="1.7" stroke-linecap="round">{marks}</g>'
        f'<g transform="translate({x - 16} {y - 16}) scale(1.333)">'
        f'<path d="{_ROSETTE}" fill="#fff" stroke="{OCHRE}" stroke-width="1.4"/>'
        f'<path d="m8 12.2 2.8 2.8 5.3-5.8" fill="none" stroke="{OCHRE}" stroke-width="1.7"'
        ' stroke-linecap="round"/></g></svg>'
    )
