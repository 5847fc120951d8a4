"""The interface's words: taken from the source, compared with translations/, brought up to date.

    python -m tests.words      (./check words)

One catalogue for the whole house. Files carry neither places nor dates, so that a change of the
source that adds no word changes no file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "courses", "quizzes", "xapi", "certificates", "records", "cohorts")
LANGUAGES = ("en", "fr", "es")
SOURCE = "en"  # the msgid is the English text

_METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
_OPTIONS = {"**/templates/**": {"trimmed": "true", "silent": "false"}}
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "_l", "gettext", "lazy_gettext")),
    **dict.fromkeys(("ngettext", "lazy_ngettext", "_n"), (1, 2)),
    **dict.fromkeys(("pgettext", "lazy_pgettext", "_lp"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
}
_PLURALS = {
    "en": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "es": "nplurals=2; plural=(n != 1);",
}
_PLACEHOLDER = re.compile(r"%%|%\([A-Za-z_]\w*\)[#0\- +]*[\d.]*[a-zA-Z]|%[sdrf]|\{\w*\}")


@dataclass(frozen=True, order=True)
class Word:
    """One message of the source; context and plural are "" where it has none."""

    context: str
    text: str
    plural: str

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.text


class Torn(Exception):
    """The source says one text with two plurals, which no catalogue can hold."""


def extracted(root: Path = ROOT) -> dict[tuple[str, str], Word]:
    """Every message of the source, with what translators are told about it left out."""
    found: dict[tuple[str, str], Word] = {}
    for word in _all_words(root):
        before = found.get(word.key)
        if before and before.plural and word.plural and before.plural != word.plural:
            raise Torn(f"{word.text!r} has two plurals: {before.plural!r}, {word.plural!r}")
        if before is None or word.plural:
            found[word.key] = word
    return dict(sorted(found.items()))


def _all_words(root: Path) -> Iterator[Word]:
    for package in PACKAGES:
        if not (root / package).is_dir():
            continue
        for _, _, message, _, context in extract_from_dir(
            root / package, _METHODS, _OPTIONS, keywords=_KEYWORDS
        ):
            text, plural = message if isinstance(message, tuple) else (message, "")
            if text:
                yield Word(context or "", text, plural)


def placeholders(text: str) -> list[str]:
    """What the program fills in; a translation fills in the same, in any order."""
    return sorted(found for found in _PLACEHOLDER.findall(text) if found != "%%")


def catalogue(language: str, root: Path = ROOT) -> Path:
    return root / "translations" / language / "LC_MESSAGES" / "messages.po"


def _read(language: str, root: Path) -> polib.POFile:
    path = catalogue(language, root)
    # polib takes a path that does not exist for the catalogue's own text.
    return polib.pofile(str(path), wrapwidth=98) if path.exists() else polib.POFile()


def faults(language: str, root: Path = ROOT) -> list[str]:
    """What is wrong with one language, each fault a line that names the message."""
    wanted = extracted(root)
    entries = _read(language, root)
    held = {(entry.msgctxt or "", entry.msgid): entry for entry in entries if not entry.obsolete}
    lines = [f"obsolete entry: {entry.msgid!r}" for entry in entries if entry.obsolete]
    lines += [
        f"not in the source: {text!r}" for context, text in held if (context, text) not in wanted
    ]
    lines += [f"entered twice: {text!r}" for text in _twice(entries)]
    for key, word in wanted.items():
        lines += [f"missing: {word.text!r}"] if key not in held else _entry_faults(held[key], word)
    return lines


def _twice(entries: polib.POFile) -> list[str]:
    seen: set[tuple[str, str]] = set()
    twice = []
    for entry in entries:
        key = entry.msgctxt or "", entry.msgid
        if not entry.obsolete and key in seen:
            twice.append(entry.msgid)
        seen.add(key)
    return twice


def _entry_faults(entry: polib.POEntry, word: Word) -> Iterator[str]:
    if entry.fuzzy:
        yield f"fuzzy: {word.text!r}"
    if word.plural != (entry.msgid_plural or ""):
        yield f"another plural in the source: {word.text!r}"
        return
    forms = entry.msgstr_plural if word.plural else {0: entry.msgstr}
    if not forms or not all(forms.values()):
        yield f"missing: {word.text!r}"
        return
    wanted = placeholders(word.plural or word.text)
    singular = placeholders(word.text)
    for number, said in forms.items():
        # "One place is left" may or may not say the number again.
        allowed = (wanted, singular) if number == 0 else (wanted,)
        if placeholders(said) not in allowed:
            yield f"other placeholders than {word.text!r}: {said!r}"


def update(root: Path = ROOT) -> dict[str, list[str]]:
    """Write every catalogue anew, keeping translations; the texts still missing, by language."""
    wanted = extracted(root)
    missing = {}
    for language in LANGUAGES:
        known = {(entry.msgctxt or "", entry.msgid): entry for entry in _read(language, root)}
        fresh = polib.POFile(wrapwidth=98)
        fresh.metadata = {
            "Project-Id-Version": "Passage",
            "Language": language,
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": _PLURALS[language],
        }
        fresh.extend(_entry(word, known.get(key), language) for key, word in wanted.items())
        path = catalogue(language, root)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"{fresh}\n".replace("\n\n\n", "\n\n")
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        missing[language] = [
            entry.msgid for entry in fresh if not entry.translated() or entry.fuzzy
        ]
    return missing


def _entry(word: Word, known: polib.POEntry | None, language: str) -> polib.POEntry:
    """One entry. English says the msgid itself; nothing is ever guessed from a neighbour."""
    entry = polib.POEntry(
        msgctxt=word.context or None,
        msgid=word.text,
        msgid_plural=word.plural,
        flags=["python-format"] if "%" in "".join(placeholders(word.text)) else [],
        tcomment=known.tcomment if known else "",
    )
    if language == SOURCE:
        entry.msgstr = "" if word.plural else word.text
        entry.msgstr_plural = {0: word.text, 1: word.plural} if word.plural else {}
    elif word.plural:
        entry.msgstr_plural = dict(known.msgstr_plural) if known else {}
        entry.msgstr_plural = entry.msgstr_plural or {0: "", 1: ""}
    else:
        entry.msgstr = known.msgstr if known else ""
    if known and known.fuzzy and language != SOURCE:
        entry.flags.append("fuzzy")
    return entry


def main() -> int:
    missing = update()
    words = len(extracted())
    for language, texts in missing.items():
        print(f"{language}: {words} messages, {len(texts)} missing")
        for text in texts[:20]:
            print(f"    {text!r}")
        if len(texts) > 20:
            print(f"    … and {len(texts) - 20} more")
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
