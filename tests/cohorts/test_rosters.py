"""Rosters: whatever comes, rows of people or one clear reason why not."""

from __future__ import annotations

import csv
import time
import zipfile
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cohorts import rosters, sheets, verdicts
from cohorts.sheets import Unreadable

MOODLE = (
    "username,firstname,lastname,email,city,country,lang,timezone,institution,department,"
    "idnumber,cohort1,course1,role1\n"
    "fsarr,Fatou,Sarr,fatou@ministry.example,Dakar,SN,,,,,7,Labour,iml,student\n"
)
CANVAS = (
    "user_id,login_id,first_name,last_name,full_name,email,status\n"
    "u1,fsarr,Fatou,Sarr,,fatou@ministry.example,active\n"
    "u2,old,Old,One,,old@ministry.example,deleted\n"
)
CANVAS_ENROLLMENTS = (
    "course_id,user_id,role,section_id,status\n"
    "iml,fatou@ministry.example,student,s1,active\niml,x@ministry.example,teacher,s1,active\n"
)
ONEROSTER = (
    '"sourcedId","status","dateLastModified","enabledUser","givenName","familyName","email",'
    '"roles","preferredFirstName"\n'
    '"1","active","2027-01-01","true","Fatoumata","Sarr","fatou@ministry.example","student","Fatou"\n'
    '"2","tobedeleted","2027-01-01","true","X","Y","x@ministry.example","student",""\n'
    '"3","active","2027-01-01","false","X","Y","z@ministry.example","student",""\n'
)


def a_workbook(*rows: list[Any], titles: tuple[str, ...] = ("List",)) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = titles[0]
    for row in rows:
        sheet.append(row)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_moodles_headers_are_known() -> None:
    found = rosters.read(MOODLE.encode())
    (one,) = found.entries
    assert (found.source, one.email, one.name) == ("moodle", "fatou@ministry.example", "Fatou Sarr")
    assert (one.language, one.cohorts, one.number) == ("fr", ("Labour",), 2)
    assert found.unknown[0] == "username"
    assert "course1" in found.unknown


def test_canvas_users_and_who_was_deleted() -> None:
    found = rosters.read(CANVAS.encode())
    assert found.source == "canvas"
    assert [one.skip for one in found.entries] == [None, "status"]


def test_canvas_enrollments_count_where_the_user_is_an_address() -> None:
    found = rosters.read(CANVAS_ENROLLMENTS.encode())
    assert found.entries[0].email == "fatou@ministry.example"
    assert [one.skip for one in found.entries] == [None, "role"]
    without = CANVAS_ENROLLMENTS.replace("@ministry.example", "")
    with pytest.raises(Unreadable) as wrong:
        rosters.read(without.encode())
    assert wrong.value.reason == "no_address"
    assert "user_id" in verdicts.unreadable(wrong.value.reason, wrong.value.facts)


def test_oneroster_calls_people_as_they_wish() -> None:
    for content in (ONEROSTER.encode(), _zip({"manifest.csv": "a,b", "users.csv": ONEROSTER})):
        found = rosters.read(content)
        assert (found.source, found.entries[0].name) == ("oneroster", "Fatou Sarr")
        assert [one.skip for one in found.entries] == [None, "status", "status"]


def _zip(files: dict[str, str]) -> bytes:
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return kept.getvalue()


@pytest.mark.parametrize(
    "header",
    [
        "E-Mail;Nom;Prénom",
        "Adresse e-mail;NOM;prenom",
        "Courriel\tNom de famille\tPrénom",
        "CORREO ELECTRÓNICO,Apellidos,Nombre",
        "correo_electronico;apellido;nombre",
        "email,last name,first_name",
        "sep=;\nEmail;Last name;First name",
    ],
)
def test_plain_words_of_three_languages(header: str) -> None:
    sign = next(one for one in ";\t," if one in header)
    row = sign.join(("fatou@ministry.example", "Sarr", "Fatou"))
    (one,) = rosters.read(f"{header}\n{row}\n".encode()).entries
    assert (one.email, one.name) == ("fatou@ministry.example", "Fatou Sarr")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    found = rosters.read("email;nom\nfatou@x.example;Fatou Côté\n".encode(encoding))
    assert found.entries[0].name == "Fatou Côté"
    assert found.encoding == ("Windows-1252" if encoding == "cp1252" else None)


def test_a_roster_in_latin_1_with_a_broken_row_loses_that_row_alone() -> None:
    text = (
        "email;nom\nfatou@x.example;Fatou Côté\nbroken@x.example;one;too;many\n"
        'quote@x.example;"never closed\nadama@x.example;Adama Bâ\nfew@x.example\n'
        'nul@x.example;a\0b\n"two@x.example";"Two\nlines"\n' + f"long@x.example;{'x' * 1001}\n"
    )
    found = rosters.read(text.encode("latin-1"))
    assert [(one.number, one.broken) for one in found.entries] == [
        (2, None), (3, "fields"), (4, "quotes"), (5, None), (6, "fields"), (7, "signs"),
        (8, None), (10, "long"),
    ]  # fmt: skip
    assert found.encoding == "Windows-1252"


def test_a_lost_byte_in_utf_8_is_a_broken_row() -> None:
    content = "email;nom\na@x.example;Côté Bâ é\n".encode() + b"b@x.example;C\xe9\n"
    found = rosters.read(content)
    assert [one.broken for one in found.entries] == [None, "signs"]
    assert found.encoding is None


def test_a_workbook_with_a_title_above_its_header() -> None:
    content = a_workbook(
        ["Participants 2027"], [], ["Nom", "Adresse e-mail", "Pays", "N°", 5],
        ["Fatou Sarr", "fatou@x.example", "Sénégal", 7, None],
        ["Ana", "ana@x.example", "Perú", 8.5, True],
    )  # fmt: skip
    found = rosters.read(content)
    assert [(one.number, one.email, one.language) for one in found.entries] == [
        (4, "fatou@x.example", "fr"),
        (5, "ana@x.example", "es"),
    ]
    assert found.entries[0].values == ["Fatou Sarr", "fatou@x.example", "Sénégal", "7", ""]


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "a zip of something else": (_zip({"notes.txt": "hello"}), "no_workbook"),
    "a Word document": (_zip({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}),
                        "no_workbook"),
    "a workbook that is cut off": (a_workbook(["email"], ["a@x.example"])[:900], "no_workbook"),
    "a workbook without a workbook": (_zip({"[Content_Types].xml": "<x/>", "xl/a.xml": "<x/>"}),
                                      "no_workbook"),
    "HTML": (b"<html><table><tr><td>email</td></tr></table></html>", "no_table"),
    "a PDF": (b"%PDF-1.7 \xe2\xe3\xcf\xd3", "no_table"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old"),
    "one with a password": (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
                            "encrypted"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\xff\xfe\xfa", "no_table"),
    "nothing": (b"", "empty"),
    "white space": (b"\xef\xbb\xbf \r\n\t\r\n", "empty"),
    "an empty workbook": (a_workbook(), "empty"),
    "addresses without a header": (b"a@x.example\nb@x.example\n", "no_address"),
    "names alone": (b"name,country\nAna,PE\n", "no_address"),
    "too many columns": (("email," + "x," * 100 + "y\n").encode(), "columns"),
    "too many rows": (b"email\n" + b"a@x.example\n" * 20_001, "rows"),
    "too many bytes": (b"email\n" + b"x" * 5_000_000, "bytes"),
    "a bomb": (_zip({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "0" * 51_000_000}),
               "unpacked"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_no_list_is_refused_with_its_reason(name: str) -> None:
    content, reason = BAD_FILES[name]
    with pytest.raises(Unreadable) as wrong:
        rosters.read(content)
    assert wrong.value.reason == reason
    assert "%(" not in verdicts.unreadable(wrong.value.reason, wrong.value.facts)


def test_a_workbook_with_entities_is_refused() -> None:
    """The billion laughs."""
    evil = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with zipfile.ZipFile(BytesIO(a_workbook(["email"], ["a@x.example"]))) as good:
        files = {name: good.read(name).decode() for name in good.namelist()}
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        with pytest.raises(Unreadable):
            rosters.read(_zip({**files, name: evil}))


def _read(content: bytes) -> rosters.Roster | Unreadable:
    try:
        return rosters.read(content)
    except Unreadable as wrong:
        return wrong


TEXTS = st.text(st.sampled_from('ab@.;,\t"\n\r\0é=x email'), max_size=200)


@given(st.one_of(st.binary(max_size=400), TEXTS.map(lambda text: f"email;name\n{text}".encode())))
@example(b"PK\x03\x04" + b"\0" * 60)
@example(b"\xff\xfe")
@example(b"\xff\xfea")
@example(b"email\n" + b'"' * 300)
@example(b"email," + b"x" * 140_000)
def test_no_bytes_break_it(content: bytes) -> None:
    found = _read(content)
    if isinstance(found, Unreadable):
        assert verdicts.unreadable(found.reason, found.facts)
        return
    for one in found.entries:
        assert len(one.values) == len(found.header)
        assert not any("\0" in cell or len(cell) > sheets.LONGEST_CELL for cell in one.values)


@given(st.integers(0, 2000), st.integers(0, 255))
def test_no_broken_workbook_breaks_it(place: int, byte: int) -> None:
    content = bytearray(WHOLE)
    content[place % len(content)] = byte
    found = _read(bytes(content))
    assert isinstance(found, rosters.Roster) or found.reason in verdicts.UNREADABLE


WHOLE = a_workbook(["email", "name"], ["a@x.example", "Ana"])


SIGNS = st.characters(exclude_characters="\0\ufffd", exclude_categories=("Cs",))
NAMES = st.text(SIGNS, min_size=1, max_size=30).filter(str.strip)


@given(st.lists(NAMES, min_size=1, max_size=20))
def test_what_is_written_properly_is_read_whole(names: list[str]) -> None:
    text = StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([["email", "name"], *(("a@x.example", name) for name in names)])
    found = rosters.read(text.getvalue().encode())
    tidy = [name.replace("\r\n", "\n").replace("\r", "\n").strip() for name in names]
    assert [(one.broken, one.values[1]) for one in found.entries] == [(None, name) for name in tidy]


def test_a_workbook_that_unpacks_to_much_that_is_no_row_is_refused_at_once() -> None:
    """Its fonts alone would take minutes to read."""
    packed = BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["email"])
    book.save(packed)
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made, zipfile.ZipFile(packed) as old:
        for name in old.namelist():
            fonts = name == "xl/styles.xml"
            made.writestr(name, b"<font/>" * 1_000_000 if fonts else old.read(name))
    with pytest.raises(Unreadable) as refused:
        rosters.read(bomb.getvalue())
    assert refused.value.reason == "unpacked"


def test_a_million_rows_of_separators_are_passed_over() -> None:
    began = time.process_time()
    found = rosters.read(b"email;name\nnew@x.example;New\n" + b";\n" * 1_000_000)
    assert [one.email for one in found.entries] == ["new@x.example"]
    assert time.process_time() - began < 5
