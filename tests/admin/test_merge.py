"""A stale save keeps every word, shows what the other person changed, and can be merged."""

import pytest

from tests.admin.forms import address, as_shown, errors, last_change, save, signed_in
from tests.builders import make_assessment, make_commitment, make_lab, make_user, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine():
    return signed_in(make_user("Reviewers", name="mina"))


@pytest.fixture
def theirs():
    return signed_in(make_user("Reviewers", name="theo"))


def post(client, record, data, **typed):
    names = {name.replace("__", "-"): value for name, value in typed.items()}
    return client.post(address(record), data | names | {"_save": "1"})


def again(client, record, response, **typed):
    """Press save once more on the page that came back."""
    merging = response.context["merging"]
    data = as_shown(response) | {
        "newer_version": merging.newer_version,
        "newer_words": merging.newer_words,
    }
    return post(client, record, data, **typed)


def told(response):
    merging = response.context["merging"]
    return {each.label: (each.old, each.new, each.mine) for each in merging.differences}


def test_the_other_ones_changes_are_shown_field_by_field_with_their_name(mine, theirs):
    commitment = make_commitment(draft=True, title="Old title", reading="Old reading")
    opened = as_shown(mine.get(address(commitment)))
    save(theirs, address(commitment), title="Their title", reading="Their reading")
    response = post(mine, commitment, opened, title="My title", obligation="My obligation.")
    assert response.context["merging"].who == "theo"
    assert told(response) == {
        "Title": ("Old title", "Their title", "My title"),
        "Reading": ("Old reading", "Their reading", None),
    }
    page = response.content.decode()
    for words in ("Old title", "Their title", "My title", "My obligation.", "I have looked"):
        assert words in page
    commitment.refresh_from_db()
    assert (commitment.title, commitment.version) == ("Their title", 2)


def test_saving_again_without_looking_is_refused_again(mine, theirs):
    lab = make_lab(draft=True)
    opened = as_shown(mine.get(address(lab)))
    save(theirs, address(lab), name="Their name")
    response = post(mine, lab, opened, name="My name")
    response = again(mine, lab, response)
    assert "Somebody else saved this lab" in errors(response)
    assert told(response)["Name"][1:] == ("Their name", "My name")


def test_saving_on_top_keeps_theirs_where_i_typed_nothing(mine, theirs):
    commitment = make_commitment(draft=True, title="Old title", criteria=2)
    opened = as_shown(mine.get(address(commitment)))
    save(
        theirs,
        address(commitment),
        title="Their title",
        reading="Their reading",
        criteria__0__question="Theirs, first?",
    )
    response = post(mine, commitment, opened, title="My title", criteria__1__question="Mine?")
    response = again(mine, commitment, response, looked="on")
    assert response.status_code == 302, errors(response)
    commitment.refresh_from_db()
    assert (commitment.title, commitment.reading) == ("My title", "Their reading")
    assert [each.question for each in commitment.criteria.all()] == ["Theirs, first?", "Mine?"]


def test_theirs_can_be_taken_instead(mine, theirs):
    commitment = make_commitment(draft=True, title="Old title")
    opened = as_shown(mine.get(address(commitment)))
    save(theirs, address(commitment), title="Their title", criteria__0__question="Theirs?")
    response = post(
        mine, commitment, opened, title="My title", criteria__0__question="Mine?", reading="Mine."
    )
    names = [each.name for each in response.context["merging"].differences]
    assert names == ["title", "criteria-0-question"]
    response = again(mine, commitment, response, looked="on", take_theirs=names)
    assert response.status_code == 302, errors(response)
    commitment.refresh_from_db()
    assert (commitment.title, commitment.reading) == ("Their title", "Mine.")
    assert commitment.criteria.get().question == "Theirs?"


def test_rows_added_and_taken_away_by_either_side(mine, theirs):
    commitment = make_commitment(draft=True, criteria=3)
    opened = as_shown(mine.get(address(commitment)))
    save(
        theirs,
        address(commitment),
        criteria__0__DELETE="on",
        criteria__1__DELETE="on",
        criteria__TOTAL_FORMS="4",
        criteria__3__position="4",
        criteria__3__edition="1",
        criteria__3__kind="done",
        criteria__3__weight="1",
        criteria__3__question="Their new one?",
        criteria__3__evidence_needed="Theirs.",
    )
    assert commitment.criteria.count() == 2
    response = post(mine, commitment, opened, criteria__1__question="Mine, kept?")
    response = again(mine, commitment, response, looked="on")
    assert response.status_code == 302, errors(response)
    questions = {each.question for each in commitment.criteria.all()}
    assert questions == {"Mine, kept?", "Is part 3 done?", "Their new one?"}


def test_a_third_save_in_between_is_shown_too(mine, theirs):
    lab = make_lab(draft=True)
    opened = as_shown(mine.get(address(lab)))
    save(theirs, address(lab), name="Their name")
    response = post(mine, lab, opened, summary="Mine.")
    save(theirs, address(lab), name="Their second name")
    response = again(mine, lab, response, looked="on")
    assert response.status_code == 200
    assert told(response) == {"Name": ("Their name", "Their second name", None)}
    assert again(mine, lab, response, looked="on").status_code == 302
    lab.refresh_from_db()
    assert (lab.name, lab.summary) == ("Their second name", "Mine.")


def test_a_published_record_is_merged_with_its_reason(mine, theirs):
    commitment = make_commitment()
    opened = as_shown(mine.get(address(commitment)))
    save(theirs, address(commitment), reason="Their reason.", title="Their title")
    response = post(mine, commitment, opened, reason="My reason.", reading="My reading.")
    response = again(mine, commitment, response, looked="on")
    assert response.status_code == 302, errors(response)
    change = last_change()
    assert change.reason == "My reason." and '"title":"Their title"' in str(change.body)
    assert "Seen" not in mine.get(address(commitment, "history")).content.decode()


@pytest.mark.parametrize("words", ["", "nonsense", "a:b:c"])
def test_forged_words_are_a_stale_save_without_a_merge(mine, theirs, words):
    lab = make_lab(draft=True)
    opened = as_shown(mine.get(address(lab)))
    save(theirs, address(lab), name="Their name")
    response = post(mine, lab, opened, name="My name", seen_words=words)
    assert "Somebody else saved this lab" in errors(response)
    assert response.context["merging"] is None
    forged = post(mine, lab, opened, take_theirs=["x", "a-b-c", "name"], looked="on")
    assert forged.status_code == 200


def test_a_draft_published_or_deleted_meanwhile_shows_the_words_that_were_typed(theirs):
    curator = signed_in(make_user("Curators"))
    commitment, lab = make_commitment(draft=True), make_lab(draft=True)
    opened = as_shown(curator.get(address(commitment)))
    published(commitment)
    response = post(curator, commitment, opened, reading="Mine.", criteria__0__question="My own?")
    assert response.status_code == 403
    page = response.content.decode()
    assert "published by now" in page and "Mine." in page and "My own?" in page
    assert commitment.title not in page
    opened = as_shown(curator.get(address(lab)))
    theirs.post(address(lab, "delete"), {"post": "yes", "seen_version": lab.version})
    response = post(curator, lab, opened, summary="My summary.")
    assert response.status_code == 404 and "My summary." in response.content.decode()


def test_findings_merge_beside_the_rows_that_stand_ready(mine, theirs):
    commitment = make_commitment(criteria=2)
    assessment = make_assessment(commitment=commitment, values=["met", "met"], draft=True)
    assessment.findings.get(criterion__position=2).delete()
    opened = as_shown(mine.get(address(assessment)))
    save(theirs, address(assessment), rationale="Theirs.")
    response = post(
        mine,
        assessment,
        opened,
        findings__1__value="pending",
        findings__1__note="Not yet.",
    )
    response = again(mine, assessment, response, looked="on")
    assert response.status_code == 302, errors(response)
    assessment.refresh_from_db()
    assert assessment.rationale == "Theirs."
    assert [each.value for each in assessment.findings.all()] == ["met", "pending"]
