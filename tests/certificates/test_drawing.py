"""The sheet: accessible, one page, in any script, and never fooled by a name."""

from __future__ import annotations

import io
import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from certificates import drawing, marks, names
from certificates.drawing import Sheet

SHEET = Sheet(
    lang="fr",
    unit="Unité du droit international de la migration",
    heading="Certificat de réussite",
    opening="Ce certificat atteste que",
    name="Aïcha Ndiaye",
    deed="a terminé le module en ligne",
    title="Introduction au droit international de la migration",
    when="le 21 novembre 2026",
    stations=("lesson", "lesson", "quiz", "certificate"),
    way="Deux leçons, un quiz, le certificat",
    facts=(("Numéro", "IML-2026-000123"), ("Délivré le", "21 novembre 2026")),
    statement="Ce n’est pas un diplôme universitaire.",
    check="Vérifier ce certificat",
    url="https://passage.example/fr/certificates/7F3K9Q2M4ABC",
    code="7F3K 9Q2M 4ABC",
    at=1795273320,
)


def read(sheet: Sheet) -> PdfReader:
    return PdfReader(io.BytesIO(drawing.pdf(sheet)))


def test_the_file_is_tagged_titled_and_in_her_language() -> None:
    reader = read(SHEET)
    root = reader.root_object
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  (pypdf's own boolean)
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert reader.metadata is not None
    assert reader.metadata.title == "Certificat de réussite IML-2026-000123"
    packet = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in packet
    assert "<pdfaid:part>3</pdfaid:part>" in packet
    assert len(reader.pages) == 1
    width, height = reader.pages[0].mediabox[2:]
    assert (round(width), round(height)) == (842, 595)


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Hương",
        "Ξένια Παπαδοπούλου",
        "Щербакова Ольга",
        "محمد عبد الله",
        "王小明",
        "山田太郎",
        "김철수",
        "अमित शर्मा",
        "ደስታ",
        "সুমন",
        "สมชาย",
        "თამარ",
        "ⴰⵎⵉⵏⴰ",
    ],
)
def test_a_name_in_any_script_is_printed(name: str) -> None:
    assert drawing.is_printable(name)
    words = read(replace(SHEET, name=name)).pages[0].extract_text()
    if not any("\u0590" <= char <= "\u1fff" for char in name):  # pypdf keeps the order drawn
        assert name.replace(" ", "") in words.replace(" ", "")


def test_what_no_font_has_is_refused_and_never_an_empty_box() -> None:
    with pytest.raises(drawing.Unprintable):
        drawing.pdf(replace(SHEET, name="Aïcha \u0378"))
    assert not drawing.is_printable("\u0378")


@pytest.mark.parametrize(
    "name", ['#import "x"', "$ x $ ]", "*bold* _it_ @ref <label>", "\\u{41}", "`raw` // no", "{}[]"]
)
def test_a_name_is_never_read_as_markup(name: str) -> None:
    assert name.replace(" ", "") in read(replace(SHEET, name=name)).pages[0].extract_text().replace(
        " ", ""
    )


@pytest.mark.parametrize(("name", "title", "stops"), [("Ana María " * 20, "Droits " * 30, 40)])
def test_long_words_stay_on_one_page(name: str, title: str, stops: int) -> None:
    sheet = replace(SHEET, name=name.strip(), title=title, stations=("lesson",) * stops)
    assert len(read(sheet).pages) == 1


def test_threads_share_one_compiler() -> None:
    wrong: list[BaseException] = []

    def draw(at: int) -> None:
        try:
            drawing.pdf(replace(SHEET, name=f"Person {at}"))
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=draw, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@given(st.text(max_size=60))
def test_a_tidy_name_stays_tidy(typed: str) -> None:
    tidy = names.tidy(typed)
    assert names.tidy(tidy) == tidy
    assert "  " not in tidy
    assert not names.is_writable(tidy) or tidy.isprintable() or "\u200c" in tidy or "\u200d" in tidy


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(names.tidy))
def test_every_name_is_drawn_or_clearly_refused(name: str) -> None:
    if names.is_writable(name) and drawing.is_printable(name):
        assert len(read(replace(SHEET, name=name)).pages) == 1


def test_public_ids_are_read_back_however_they_are_typed() -> None:
    made = marks.new_public_id()
    assert len(made) == 12
    assert set(made) <= set(marks.ALPHABET)
    typed = f" {made[:4]}-{made[4:8]} {made[8:]}".lower().replace("0", "o")
    assert marks.public_id(typed) == made
