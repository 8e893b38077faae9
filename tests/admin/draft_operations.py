"""What curators do with drafts, at random, through the admin's own forms."""

from collections import Counter
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.admin.forms import add_address, address, as_shown, errors, save, signed_in
from tests.admin.public_addresses import STRANGE_WORD
from tests.builders import make_user
from tracker.assessments.models import Assessment, Reply
from tracker.commitments.models import Commitment, Pledge
from tracker.curation.roles import NOUNS
from tracker.evidence.models import Discrepancy, Indicator, Outcome
from tracker.labs.models import Lab, Person
from tracker.records.models import Record, State
from tracker.sources.models import Quotation, Source

SAID = f"A draft says {STRANGE_WORD}."
TITLES: dict[type[Record], str] = {
    Lab: "name", Person: "name", Source: "title", Quotation: "note", Pledge: "title",
    Commitment: "title", Indicator: "title", Outcome: "title", Discrepancy: "title",
    Reply: "asked_of", Assessment: "rationale",
}  # fmt: skip


class Desk:
    """Two curators, their drafts, and the published records that these refer to."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.curators = [signed_in(make_user("Curators")), signed_in(make_user("Reviewers"))]
        self.done: Counter[str] = Counter()
        self.numbers: Counter[type[Record]] = Counter()
        self._blank: dict[type[Record], dict[str, Any]] = {}
        self._public = {
            model: list(
                model._default_manager.filter(state=State.PUBLISHED)
                .order_by("slug")
                .values_list("pk", flat=True)
            )
            for model in NOUNS
        }

    def act(self) -> None:
        """One operation; which, the seed decides."""
        operations = {
            self.add: 48, self.edit: 18, self.upload: 6, self.submit: 8, self.send_back: 5,
            self.dissent: 5, self.merge: 4, self.discard: 6,
        }  # fmt: skip
        (operation,) = self.random.choices(list(operations), list(operations.values()))
        operation()
        self.done[operation.__name__] += 1

    # --- operations ------------------------------------------------------------------------------

    def add(self, model: type[Record] | None = None) -> Any:
        """A draft of any noun that refers to what is published."""
        model = model or self.random.choice(NOUNS)
        self.numbers[model] += 1
        slug = f"draft-{model.noun()}-{self.numbers[model]}"
        client = self._anybody()
        typed = self._fields(model) | {"slug": slug, TITLES[model]: f"{SAID} {slug}"}
        if model is Assessment:
            shown = self._judged(client, typed)
        else:
            if model not in self._blank:
                self._blank[model] = as_shown(client.get(add_address(model)))
            shown = self._blank[model]
        response = client.post(add_address(model), shown | typed | {"_save": "1"})
        assert response.status_code == 302, (model, errors(response))
        return model._default_manager.get(slug=slug)

    def edit(self) -> None:
        """Other words in a draft."""
        draft = self._draft()
        said = f"{SAID} Edited {self.random.random()}."
        response = save(self._anybody(), address(draft), **{TITLES[type(draft)]: said})
        assert response.status_code == 302, (draft, errors(response))

    def upload(self) -> None:
        """A text for a draft source."""
        file = SimpleUploadedFile("text.txt", f"{SAID} {self.random.random()}".encode())
        response = save(self._anybody(), address(self._draft(Source)), text_file=file)
        assert response.status_code == 302, errors(response)

    def submit(self) -> None:
        """Hand an assessment to a second reader."""
        self._step(self.curators[0], self._draft(Assessment), "submit", State.IN_REVIEW)

    def send_back(self) -> None:
        """Take it back from review."""
        waiting = self._one(Assessment, State.IN_REVIEW)
        if waiting is None:
            waiting = self._draft(Assessment)
            self._step(self.curators[0], waiting, "submit", State.IN_REVIEW)
        self._step(self.curators[1], waiting, "send-back", State.DRAFT)

    def dissent(self) -> None:
        """A second reader's other reading of a draft."""
        draft = self._draft(Assessment)
        url = address(draft, "dissent")
        typed = {"verdict": "broken" if draft.verdict != "broken" else "kept", "reading": SAID}
        form = self.curators[1].get(url).context["form"]
        seen = {name: form[name].value() or "" for name in form.fields}
        response = self.curators[1].post(url, seen | typed)
        assert response.status_code == 302, (draft, response.content.decode()[-3000:])

    def merge(self) -> None:
        """Two edit one draft; the later save is shown the other's words, and then goes on."""
        draft = self._draft(Lab)
        mine, theirs = self.curators
        opened = as_shown(mine.get(address(draft)))
        save(theirs, address(draft), name=f"{SAID} Theirs {self.random.random()}.")
        response = mine.post(address(draft), opened | {"summary": SAID, "_save": "1"})
        merging = response.context["merging"]
        seen = {"newer_version": merging.newer_version, "newer_words": merging.newer_words}
        data = as_shown(response) | seen | {"looked": "on", "_save": "1"}
        assert mine.post(address(draft), data).status_code == 302

    def discard(self) -> None:
        """Delete a draft that nothing refers to."""
        draft = self.add(self.random.choice((Person, Outcome, Reply, Discrepancy, Assessment)))
        url = address(draft, "delete")
        typed = {"post": "yes", "seen_version": draft.version}
        assert self._anybody().post(url, typed).status_code == 302
        assert not type(draft)._default_manager.filter(pk=draft.pk).exists()

    # --- what they work on -----------------------------------------------------------------------

    def _anybody(self) -> Any:
        return self.random.choice(self.curators)

    def _one(self, model: type[Record], state: State) -> Any:
        rows = model._default_manager.filter(state=state, slug__startswith="draft-").order_by("pk")
        return self.random.choice(list(rows)) if rows else None

    def _draft(self, model: type[Record] | None = None) -> Any:
        model = model or self.random.choice(NOUNS)
        return self._one(model, State.DRAFT) or self.add(model)

    def _step(self, client: Any, record: Any, name: str, state: State) -> None:
        response = client.post(address(record, name), {"seen_version": record.version})
        assert response.status_code == 302, (record, name, response.context["form"].errors)
        record.refresh_from_db()
        assert record.state == state

    def _public_one(self, model: type[Record]) -> str:
        return str(self.random.choice(self._public[model]))

    def _judged(self, client: Any, typed: dict[str, Any]) -> dict[str, Any]:
        """The screen of a commitment, every question answered."""
        shown = as_shown(client.get(f"{add_address(Assessment)}?commitment={typed['commitment']}"))
        for name in [name for name in shown if name.endswith("-criterion")]:
            row = name.removesuffix("criterion")
            value = self.random.choice(("met", "partly_met", "unverifiable"))
            shown |= {f"{row}value": value, f"{row}note": SAID}
        return shown

    def _fields(self, model: type[Record]) -> dict[str, Any]:
        """What is typed into a new form, referring to published records wherever it can."""
        one = self._public_one
        bearing = {
            "bearings-TOTAL_FORMS": "1",
            "bearings-0-direction": self.random.choice(("supports", "undermines")),
            "bearings-0-commitment": one(Commitment),
        }
        fields: dict[type[Record], dict[str, Any]] = {
            Lab: {"kind": "ai_lab"},
            Person: {"lab": one(Lab)},
            Source: {
                "tier": "secondary", "read_via": one(Source), "lab": one(Lab),
                "origins": [one(Source)], "archived_text": SAID,
            },
            Quotation: {
                "source": one(Source), "exact": SAID, "start": "0", "speaker": one(Person),
            },
            Pledge: {
                "kind": "statement", "source": one(Source), "parties-TOTAL_FORMS": "1",
                "parties-0-lab": one(Lab), "parties-0-role": "signed",
                "clauses-TOTAL_FORMS": "1", "clauses-0-number": "1", "clauses-0-title": SAID,
            },
            Commitment: {
                "lab": one(Lab), "pledge": one(Pledge), "words": one(Quotation),
                "announced_by": one(Person), "force": "promise", "category": "compute",
                "obligation": SAID, "made_on": "2024-05", "deadline_kind": "undated",
                "successor": one(Commitment), "relation": "weakened", "criteria-0-position": "1",
                "criteria-0-question": SAID, "criteria-0-evidence_needed": SAID,
            },
            Indicator: {
                "question": SAID, "confirms": SAID, "refutes": SAID, "source": one(Source),
                "position": "1",
            },
            Outcome: bearing
            | {
                "statement": SAID, "kind": "event", "occurred_on": "2024-05-20",
                "labs": [one(Lab)], "people": [one(Person)], "sourcing-0-source": one(Source),
            },
            Discrepancy: {
                "question": SAID, "kind": "fact", "commitments": [one(Commitment)],
                "outcomes": [one(Outcome)], "accounts-0-position": "1", "accounts-0-says": SAID,
                "accounts-0-source": one(Source), "accounts-1-position": "2",
                "accounts-1-says": SAID, "accounts-1-source": one(Source),
            },
            Reply: {
                "commitment": one(Commitment), "asked_on": "2024-05-01", "due_on": "2024-05-15",
                "status": "replied", "words": SAID, "received_on": "2024-05-10", "denies": "on",
                "source": one(Source),
            },
            Assessment: {
                "commitment": one(Commitment), "effective_on": "2024-12-01", "confidence": "low",
                "reply_waiver": SAID,
            },
        }  # fmt: skip
        return fields[model]
