"""The same acts through the API, by the same services."""

from __future__ import annotations

from flask.testing import FlaskClient

from app import db
from app.models import Person
from tests.certificates.conftest import Awarded
from tests.trials import a_walk, walk

ROOT = "/api/v1"


def test_her_list_goes_on_by_key(awarded: Awarded, client: FlaskClient) -> None:
    with awarded.app.app_context(), db.transaction() as session:
        person = session.get_one(Person, awarded.person.id)
        for at in range(4):
            walk(person, a_walk(f"walks/more{at}"))
    headers = awarded.headers(awarded.person)
    seen: list[str] = []
    cursor = None
    while True:
        asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"{ROOT}/certificates", query_string=asked, headers=headers).json
        seen += [one["number"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    wrong = client.get(f"{ROOT}/certificates?cursor=nonsense", headers=headers)
    assert wrong.status_code == 422


def test_anybody_checks_a_certificate_without_a_token(
    awarded: Awarded, client: FlaskClient
) -> None:
    found = client.get(f"{ROOT}{awarded.path}").json
    assert found["status"] == "valid"
    assert found["name"] == "Aïcha Ndiaye"
    assert found["title"]["fr"] == awarded.activity.titles["fr"]
    assert found["url"].endswith(f"/fr{awarded.path}")
    assert set(found) == {
        "public_id", "number", "status", "name", "activity", "title", "language", "awarded",
        "corrected", "revoked", "url", "sort", "place", "starts", "ends",
    }  # fmt: skip
    missing = client.get(f"{ROOT}/certificates/{'0' * 12}")
    assert missing.status_code == 404
    assert missing.mimetype == "application/problem+json"


def test_her_file_comes_as_pdf(awarded: Awarded, client: FlaskClient) -> None:
    assert client.get(f"{ROOT}{awarded.path}.pdf").status_code == 401
    theirs = awarded.headers(awarded.stranger)
    assert client.get(f"{ROOT}{awarded.path}.pdf", headers=theirs).status_code == 404
    answer = client.get(f"{ROOT}{awarded.path}.pdf", headers=awarded.headers(awarded.person))
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")


def test_she_corrects_one_field_or_both(awarded: Awarded, client: FlaskClient) -> None:
    headers = awarded.headers(awarded.person)
    answer = client.patch(f"{ROOT}{awarded.path}", json={"language": "en"}, headers=headers)
    assert (answer.json["language"], answer.json["name"]) == ("en", "Aïcha Ndiaye")
    answer = client.patch(f"{ROOT}{awarded.path}", json={"name": "محمد"}, headers=headers)
    assert (answer.json["language"], answer.json["name"]) == ("en", "محمد")
    assert answer.json["number"] == awarded.certificate.number
    assert answer.json["corrected"] is not None
    for body in ({"name": ""}, {"name": None}, {"names": "x"}, [], "x"):
        answer = client.patch(f"{ROOT}{awarded.path}", json=body, headers=headers)
        assert answer.status_code == 422, body
    reader = awarded.headers(awarded.person, "read")
    answer = client.patch(f"{ROOT}{awarded.path}", json={"name": "X"}, headers=reader)
    assert answer.status_code == 403


def test_staff_revoke_and_give_back(awarded: Awarded, client: FlaskClient) -> None:
    headers = awarded.headers(awarded.admin)
    path = f"{ROOT}{awarded.path}/revocation"
    assert client.post(path, json={"reason": ""}, headers=headers).status_code == 422
    answer = client.post(path, json={"reason": "Wrong person."}, headers=headers)
    assert (answer.json["status"], answer.json["revocation_reason"]) == ("revoked", "Wrong person.")
    public = client.get(f"{ROOT}{awarded.path}").json
    assert (public["status"], "revocation_reason" in public) == ("revoked", False)
    answer = client.delete(path, headers=headers)
    assert (answer.json["status"], answer.json["revoked"]) == ("valid", None)
    for person in (awarded.person, awarded.elsewhere):
        other = awarded.headers(person)
        assert client.post(path, json={"reason": "No."}, headers=other).status_code == 403
        assert client.delete(path, headers=other).status_code == 403


def test_staff_list_what_they_may_revoke(awarded: Awarded, client: FlaskClient) -> None:
    path = f"{ROOT}/people/{awarded.person.id}/certificates"
    shown = client.get(path, headers=awarded.headers(awarded.admin)).json["items"]
    assert [one["number"] for one in shown] == [awarded.certificate.number]
    assert client.get(path, headers=awarded.headers(awarded.elsewhere)).json["items"] == []
    assert client.get(path, headers=awarded.headers(awarded.person)).status_code == 403
