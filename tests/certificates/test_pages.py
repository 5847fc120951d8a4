"""The public check, her file and name, and what staff may do, as pages."""

from __future__ import annotations

import pytest
from flask import render_template_string
from flask.testing import FlaskClient
from flask_login import login_user

from app import db, plugins
from app.events import Selection
from app.models import Person, Progress
from app.web import panels
from certificates import drawing
from certificates.models import Certificate
from certificates.service import duty
from tests.certificates.conftest import Awarded
from tests.houses import signed_in


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_anybody_sees_that_it_is_valid(
    awarded: Awarded, client: FlaskClient, language: str
) -> None:
    answer = client.get(f"/{language}{awarded.path}")
    assert answer.status_code == 200
    assert 'data-status="valid"' in answer.text
    for words in ("Aïcha Ndiaye", awarded.certificate.number, awarded.activity.titles[language]):
        assert words in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "aicha@example.org" not in answer.text


def test_an_id_may_be_typed_as_people_type(awarded: Awarded, client: FlaskClient) -> None:
    typed = awarded.certificate.public_id.lower().replace("0", "o").replace("1", "l")
    typed = "-".join((typed[:4], typed[4:8], typed[8:]))
    assert client.get(f"/en/certificates/{typed}").status_code == 200


@pytest.mark.parametrize("unknown", ["0" * 12, "x", "é" * 12, "A" * 3000])
def test_an_unknown_id_is_not_found(awarded: Awarded, client: FlaskClient, unknown: str) -> None:
    assert client.get(f"/fr/certificates/{unknown}").status_code == 404


def test_the_file_is_hers_alone(awarded: Awarded, client: FlaskClient) -> None:
    path = f"/fr/my{awarded.path}.pdf"
    assert client.get(path).status_code == 302
    assert signed_in(client, awarded.stranger).get(path).status_code == 404
    answer = signed_in(client, awarded.person).get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    disposition = answer.headers["Content-Disposition"]
    number = awarded.certificate.number
    assert disposition.startswith("attachment")
    assert f"{number} Aicha Ndiaye.pdf" in disposition
    assert "filename*=UTF-8''" in disposition


def test_my_learning_lists_hers_and_draws_nothing(
    awarded: Awarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "pdf", None)
    monkeypatch.setattr(drawing, "_draw", None)
    app = awarded.app
    with app.test_request_context("/fr/my"):
        person = db.session().get_one(Person, awarded.person.id)
        login_user(person)
        shown = [one for one in panels("my", person) if "certificates" in one.template]
        (panel,) = shown
        page = render_template_string("{{ render_panel(panel) }}", panel=panel)
    assert f"/fr/my{awarded.path}.pdf" in page


def test_a_corrected_name_keeps_number_and_address(awarded: Awarded, client: FlaskClient) -> None:
    before = (awarded.certificate.number, awarded.certificate.public_id)
    page = f"/fr/my{awarded.path}/name"
    assert signed_in(client, awarded.person).get(page).status_code == 200
    answer = client.post(page, data={"name": "  Aïcha   Ndiaye-Sow ", "language": "es"})
    assert answer.status_code == 302
    certificate = awarded.again()
    assert (certificate.number, certificate.public_id) == before
    assert (certificate.name, certificate.language) == ("Aïcha Ndiaye-Sow", "es")
    assert certificate.person.name == "Aïcha Ndiaye"
    assert certificate.person.name_on_certificates == "Aïcha Ndiaye-Sow"
    (entry,) = awarded.entries("certificate.corrected")
    assert entry.before == {"name": "Aïcha Ndiaye", "language": "fr"}
    assert entry.after == {"name": "Aïcha Ndiaye-Sow", "language": "es"}
    assert "Aïcha Ndiaye-Sow" in client.get(f"/en{awarded.path}").text


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("", "fr"),
        ("   ", "fr"),
        ("x" * 201, "fr"),
        ("12345", "fr"),
        ("Aïcha\u202eNdiaye", "fr"),
        ("Aïcha 😀", "fr"),
        ("Aïcha \u0378", "fr"),
        ("Aïcha", "de"),
    ],
)
def test_a_name_that_cannot_be_printed_is_refused_beside_its_field(
    awarded: Awarded, client: FlaskClient, name: str, language: str
) -> None:
    page = f"/fr/my{awarded.path}/name"
    answer = signed_in(client, awarded.person).post(page, data={"name": name, "language": language})
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert awarded.again().name == "Aïcha Ndiaye"


@pytest.mark.parametrize("name", ["Aïcha\ufeff Ndiaye", "Aïcha \ue000", "Aïcha \u0378"])
def test_an_account_name_that_cannot_be_printed_keeps_nobody_from_her_pages(
    awarded: Awarded, client: FlaskClient, name: str
) -> None:
    with awarded.app.app_context(), db.transaction() as session:
        session.get_one(Certificate, awarded.certificate.id).name = name
    assert signed_in(client, awarded.person).get(f"/fr/my{awarded.path}.pdf").status_code == 422
    assert f"/fr/my{awarded.path}/name" in client.get("/fr/my").text


def test_nobody_corrects_the_name_of_another(awarded: Awarded, client: FlaskClient) -> None:
    page = f"/fr/my{awarded.path}/name"
    for person in (awarded.stranger, awarded.admin):
        answer = signed_in(client, person).post(page, data={"name": "Other", "language": "fr"})
        assert answer.status_code == 404
    assert awarded.again().name == "Aïcha Ndiaye"


def test_staff_revoke_with_a_reason_and_progress_stays(
    awarded: Awarded, client: FlaskClient
) -> None:
    page = f"/en/admin{awarded.path}/revocation"
    assert signed_in(client, awarded.admin).get(page).status_code == 200
    assert client.post(page, data={"reason": "  "}).status_code == 422
    assert client.post(page, data={"reason": "Somebody else answered."}).status_code == 302
    certificate = awarded.again()
    assert certificate.revoked_by == awarded.admin.id
    assert certificate.taken_back == 1
    with awarded.app.app_context():
        key = (certificate.registration_id, certificate.activity_id)
        done = db.session().get_one(Progress, key)
    assert done.status == "completed"
    public = client.get(f"/en{awarded.path}").text
    assert 'data-status="revoked"' in public
    assert "Somebody else answered." not in public
    assert len(awarded.entries("certificate.revoked")) == 1
    page = f"/fr/my{awarded.path}/name"
    answer = signed_in(client, awarded.person).post(page, data={"name": "New", "language": "fr"})
    assert answer.status_code == 409


def test_a_revocation_is_lifted_and_the_certificate_is_the_same(
    awarded: Awarded, client: FlaskClient
) -> None:
    page = f"/en/admin{awarded.path}/revocation"
    signed_in(client, awarded.admin)
    for _ in range(2):  # a double click
        client.post(page, data={"reason": "Wrong person."})
    first = awarded.again().earned_id
    for _ in range(2):
        assert client.post(f"{page}/lift").status_code == 302
    certificate = awarded.again()
    assert certificate.revoked_at is None
    assert certificate.number == awarded.certificate.number
    assert certificate.taken_back == 1
    assert certificate.earned_id != first
    assert 'data-status="valid"' in client.get(f"/en{awarded.path}").text
    client.post(page, data={"reason": "Wrong person after all."})
    assert awarded.again().taken_back == 2
    with awarded.app.app_context():
        told = plugins.ring().stored_events(selection=Selection(person_id=awarded.person.id))
        verbs = [one.verb for one in told if one.verb in ("earned", "voided")]
    assert verbs == ["earned", "voided", "earned", "voided"]


def test_only_staff_of_the_activity_revoke(awarded: Awarded, client: FlaskClient) -> None:
    page = f"/en/admin{awarded.path}/revocation"
    for person in (awarded.person, awarded.stranger, awarded.elsewhere):
        signed_in(client, person)
        assert client.get(page).status_code == 403
        assert client.post(page, data={"reason": "No."}).status_code == 403
        assert client.post(f"{page}/lift").status_code == 403
    assert awarded.again().revoked_at is None


def test_after_erasure_the_number_still_verifies_nameless(
    awarded: Awarded, client: FlaskClient
) -> None:
    with awarded.app.app_context(), db.transaction():
        assert awarded.certificate.number in str(duty.export(awarded.person))
        duty.forget(awarded.person)
    answer = client.get(f"/fr{awarded.path}")
    assert answer.status_code == 200
    assert awarded.certificate.number in answer.text
    assert "Ndiaye" not in answer.text
    assert 'data-status="valid"' in answer.text
