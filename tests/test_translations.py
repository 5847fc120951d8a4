"""Every message is said in every language, with the same placeholders."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest

from tests import words


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    faults = words.faults(language)
    if faults:
        pytest.fail(f"{language}, see ./check words:\n" + "\n".join(faults), pytrace=False)


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A tree with three messages in source and template."""
    (tmp_path / "app" / "templates").mkdir(parents=True)
    (tmp_path / "app" / "views.py").write_text(
        'def say(_, ngettext, _lp):\n    _("Save")\n'
        '    ngettext("One place", "%(num)s places", 2)\n    _lp("quiz", "None")\n'
    )
    (tmp_path / "app" / "templates" / "a.html").write_text(
        "{% trans name=name %}\n  Hello\n  %(name)s\n{% endtrans %}{{ pgettext('month', 'May') }}"
        "{{ npgettext('chair', 'One seat', '%(num)s seats', 2) }}"
        "{% trans %}Good {{ day }}{% endtrans %}"
    )
    return tmp_path


def _translate(root: Path, language: str, **texts: str) -> polib.POFile:
    entries = polib.pofile(str(words.catalogue(language, root)))
    for entry in entries:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: "Une place", 1: "%(num)s places"}
        else:
            entry.msgstr = texts.get(entry.msgid.split()[0], entry.msgid)
    entries.save()
    return entries


def test_words_are_found_in_python_and_in_templates(small_house: Path) -> None:
    found = {(context, text) for context, text in words.extracted(small_house)}
    assert {("month", "May"), ("chair", "One seat"), ("quiz", "None")} <= found
    assert {text for _, text in found} == {
        "Save", "One place", "Hello %(name)s", "May", "Good %(day)s", "One seat", "None",
    }  # fmt: skip


def test_updating_twice_changes_nothing_and_english_is_complete(small_house: Path) -> None:
    missing = words.update(small_house)
    assert missing["en"] == []
    assert len(missing["fr"]) == 7
    before = {language: words.catalogue(language, small_house).read_bytes() for language in missing}
    words.update(small_house)
    after = {language: words.catalogue(language, small_house).read_bytes() for language in missing}
    assert before == after
    assert words.faults("en", small_house) == []


def test_a_translation_survives_and_a_word_that_went_is_dropped(small_house: Path) -> None:
    words.update(small_house)
    _translate(small_house, "fr", Save="Enregistrer")
    (small_house / "app" / "templates" / "a.html").unlink()
    words.update(small_house)
    text = words.catalogue("fr", small_house).read_text()
    assert "Enregistrer" in text
    assert "Hello" not in text


def test_each_fault_names_its_message(small_house: Path) -> None:
    words.update(small_house)
    assert "missing: 'Save'" in words.faults("fr", small_house)
    entries = _translate(small_house, "fr", Hello="Bonjour %(nom)s")
    entries.find("Save").flags.append("fuzzy")
    entries.append(polib.POEntry(msgid="Gone", msgstr="Parti", obsolete=True))
    entries.append(polib.POEntry(msgid="Elsewhere", msgstr="Ailleurs"))
    entries.save()
    assert sorted(words.faults("fr", small_house)) == [
        "fuzzy: 'Save'",
        "not in the source: 'Elsewhere'",
        "obsolete entry: 'Gone'",
        "other placeholders than 'Hello %(name)s': 'Bonjour %(nom)s'",
    ]


def test_a_singular_may_leave_its_number_out_but_a_plural_may_not(small_house: Path) -> None:
    words.update(small_house)
    entries = _translate(small_house, "fr")
    plural = next(entry for entry in entries if entry.msgid_plural)
    plural.msgstr_plural = {0: "%(num)s place", 1: "des places"}
    entries.save()
    assert words.faults("fr", small_house) == ["other placeholders than 'One place': 'des places'"]
