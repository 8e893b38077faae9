"""A curator's and a reviewer's whole day at the desk, in a browser, and a third who is late."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.builders import make_lab, make_user
from tracker.commitments.models import Commitment
from tracker.sources.models import Source

TEXT = "Example Lab said on Monday: We promise an audit by July 2024. It gave no more detail."
ALTERED = "We promise an audit by May 2024."
PASSWORD = "a long made-up password"


@pytest.fixture
def desk(transactional_db, live_server, chromium: Browser) -> Iterator[Callable[[str, str], Page]]:
    """Signs an account of a role in, each in a browser of its own; their consoles stay empty."""
    said: list[str] = []
    contexts = []

    def sign_in(name: str, role: str) -> Page:
        make_user(role, name=name)
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": 1280, "height": 900}
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        page.goto("/admin/login/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert said == []


def choose(page: Page, field: str, words: str) -> None:
    """Complete a reference by typing, as select2 has it."""
    page.locator(f"#id_{field} + .select2").click()
    page.locator(".select2-search__field").last.fill(words)
    page.locator(".select2-results__option", has_text=words).first.click()


def save(page: Page, button: str = "Save and continue editing") -> str:
    """Save, see that it went well, and return the form's address."""
    page.get_by_role("button", name=button).click()
    expect(page.locator(".messagelist .success").first).to_be_visible()
    return page.url


def publish(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Save, then publish").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("is published")


def add_source(page: Page) -> str:
    page.goto("/admin/tracker/source/add/")
    page.get_by_label("Title").fill("Example Lab on its audit")
    page.locator("#id_tier").select_option("primary_witness")
    page.locator("#id_archived_text").fill(TEXT)
    address = save(page)
    assert Source.objects.get().archived_text == TEXT
    return address


def quote(page: Page, words: str, slug: str, check: str) -> str:
    page.goto("/admin/tracker/quotation/add/")
    choose(page, "source", "Example Lab on its audit")
    page.locator("#id_exact").fill(words)
    page.locator("#id_slug").fill(slug)
    start = page.locator("#id_start")
    if start.count() and start.input_value() == "":
        start.fill(str(max(TEXT.find(words), 0)))
    address = save(page)
    expect(page.locator(".field-check_status .readonly")).to_contain_text(check)
    return address


def add_commitment(page: Page) -> str:
    page.goto("/admin/tracker/commitment/add/")
    page.get_by_label("Title").fill("Publish an audit by July 2024")
    choose(page, "lab", "Example Lab")
    page.locator("#id_category").select_option("transparency")
    choose(page, "words", "We promise an audit by July 2024")
    page.locator("#id_made_on").fill("2024-01-02")
    page.locator("#id_obligation").fill("Publish an audit by the end of July 2024.")
    page.locator("#id_force").select_option("promise")
    page.locator("#id_deadline_kind").select_option("by_date")
    page.locator("#id_deadline_due_on").fill("2024-07")
    page.locator("#id_deadline_basis").select_option("stated")
    page.locator("#id_criteria-0-position").fill("1")
    page.locator("#id_criteria-0-question").fill("Did it publish an audit?")
    page.locator("#id_criteria-0-evidence_needed").fill("The audit itself.")
    return save(page)


def add_outcome(page: Page) -> str:
    page.goto("/admin/tracker/outcome/add/")
    page.get_by_label("Title").fill("Example Lab publishes its audit")
    page.locator("#id_kind").select_option("document")
    page.locator("#id_occurred_on").fill("2024-07-05")
    page.locator("#id_statement").fill("The audit is on its site.")
    choose(page, "sourcing-0-source", "Example Lab on its audit")
    page.locator("#bearings-group .add-row a").click()
    page.locator("#id_bearings-0-direction").select_option("supports")
    choose(page, "bearings-0-commitment", "Publish an audit by July 2024")
    return save(page)


def assess(page: Page, commitment: str) -> str:
    page.goto(commitment)
    page.get_by_role("link", name="Write an assessment").click()
    expect(page.get_by_text("We promise an audit by July 2024.")).to_be_visible()
    expect(page.locator(".question")).to_contain_text("Did it publish an audit?")
    page.locator("#id_findings-0-value").select_option("met")
    page.get_by_label("supports: Example Lab publishes its audit").check()
    page.locator("#id_findings-0-note").fill("It did.")
    page.locator("#id_findings-0-met_on").fill("2024-07-05")
    # worked out by the script while the answers are typed; nothing is saved by it
    expect(page.locator("#reckoning-answer")).to_contain_text("at most medium confidence")
    page.locator("#id_rationale").fill("The audit is there, in time.")
    page.locator("#id_confidence").select_option("medium")
    page.get_by_role("button", name="Work out").click()
    expect(page.locator("#reckoning-answer")).to_contain_text("Nothing is missing")
    return save(page)


def test_a_curators_and_a_reviewers_day(desk, live_server):
    make_lab(name="Example Lab", slug="example-lab")
    curator, reviewer = desk("cora", "Curators"), desk("rita", "Reviewers")

    source = add_source(curator)
    true_words = quote(curator, "We promise an audit by July 2024.", "true-words", "verified")
    quote(curator, ALTERED, "altered-words", "altered")
    publish(reviewer, source)
    publish(reviewer, true_words)
    commitment = add_commitment(curator)
    publish(reviewer, commitment)
    outcome = add_outcome(curator)
    publish(reviewer, outcome)

    assessment = assess(curator, commitment)
    late = desk("lars", "Curators")
    late.goto(assessment)
    late.locator("#id_rationale").fill("Words of a third, typed with care.")
    curator.locator("#id_rationale").fill("The audit is there, three weeks early.")
    save(curator)
    late.get_by_role("button", name="Save and continue editing").click()
    expect(late.locator(".errornote")).to_be_visible()
    expect(late.locator("#content")).to_contain_text("cora")
    expect(late.locator("#id_rationale")).to_have_value("Words of a third, typed with care.")
    late.close()  # or it would soon ask about an assessment that is in review by then

    curator.get_by_role("button", name="Save, then submit for review").click()
    curator.get_by_role("button", name="Submit for review").click()
    expect(curator.locator(".messagelist")).to_contain_text("is submitted")
    expect(curator.get_by_role("link", name="Approve")).to_have_count(0)

    reviewer.goto(assessment)
    expect(reviewer.locator("#reckoning-answer")).to_contain_text("approved by somebody other")
    reviewer.get_by_role("link", name="Approve and publish").click()
    reviewer.get_by_role("button", name="Approve and publish").click()
    expect(reviewer.locator(".messagelist")).to_contain_text("is published")

    reviewer.goto(Commitment.objects.get().get_absolute_url())
    expect(reviewer.locator("main")).to_contain_text("kept")
    expect(reviewer.locator("main")).to_contain_text("The audit is there, three weeks early.")
    reviewer.goto("/changes/")
    expect(reviewer.locator("main")).to_contain_text("Publish an audit by July 2024")
    expect(reviewer.locator("main")).to_contain_text("kept")
