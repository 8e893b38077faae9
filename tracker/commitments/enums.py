"""The words of this room, exactly as the public contract spells them (DESIGN section 2)."""

from django.db.models import TextChoices


class PledgeKind(TextChoices):
    """What sort of text the commitments stand in."""

    STATEMENT = "statement", "statement"
    LAB_POLICY = "lab_policy", "lab policy"
    JOINT_PLEDGE = "joint_pledge", "joint pledge"
    OPEN_CALL = "open_call", "open call"
    LAW = "law", "law"
    SCORECARD = "scorecard", "scorecard"


class PartyRole(TextChoices):
    """A lab signed a pledge, or was asked by it."""

    SIGNED = "signed", "signed"
    ADDRESSED = "addressed", "addressed"


class Force(TextChoices):
    """How binding the words are; "we aim" is never shown as a broken promise."""

    PROMISE = "promise", "promise"
    PLAN = "plan", "plan"
    AIM = "aim", "aim"


class Basis(TextChoices):
    """Promised by the lab, or measured by a study though nobody promised it."""

    PROMISED = "promised", "promised"
    MEASURED = "measured", "measured"


class Category(TextChoices):
    """What a commitment is about."""

    COMPUTE = "compute", "compute"
    RESEARCH = "research", "research"
    EVALUATION = "evaluation", "evaluation"
    TRANSPARENCY = "transparency", "transparency"
    SECURITY = "security", "security"
    GOVERNANCE = "governance", "governance"
    DEPLOYMENT = "deployment", "deployment"
    WHISTLEBLOWING = "whistleblowing", "whistleblowing"


class Lifecycle(TextChoices):
    """What became of the words themselves."""

    IN_FORCE = "in_force", "in force"
    AMENDED = "amended", "amended"
    SUPERSEDED = "superseded", "superseded"
    WITHDRAWN = "withdrawn", "withdrawn"
    EXPIRED = "expired", "expired"


#: Lifecycles after which nothing more falls due.
ENDED = frozenset({Lifecycle.SUPERSEDED, Lifecycle.WITHDRAWN, Lifecycle.EXPIRED})


class Relation(TextChoices):
    """How a successor relates to the commitment before it."""

    RESTATED = "restated", "restated"
    STRENGTHENED = "strengthened", "strengthened"
    WEAKENED = "weakened", "weakened"
    REPLACED = "replaced", "replaced"


class Aspect(TextChoices):
    """What the words of a commitment can leave open."""

    METRIC = "metric", "metric"
    BASE = "base", "base"
    PERIOD = "period", "period"
    BENEFICIARY = "beneficiary", "beneficiary"


class DeadlineKind(TextChoices):
    """How a commitment says by when."""

    BY_DATE = "by_date", "by a date"
    WINDOW = "window", "over a window"
    RECURRING = "recurring", "recurring"
    TRIGGER = "trigger", "when something happens"
    STANDING = "standing", "standing"
    UNDATED = "undated", "undated"


class DeadlineBasis(TextChoices):
    """Whether the words state the date or the curators derived it."""

    STATED = "stated", "stated"
    DERIVED = "derived", "derived"


class CriterionKind(TextChoices):
    """Whether the question is that a thing is done, or that it was done by the promised time."""

    DONE = "done", "done"
    ON_TIME = "on_time", "done by then"


class Schedule(TextChoices):
    """Where a commitment stands against its deadline today."""

    NO_DEADLINE = "no_deadline", "no deadline"
    UPCOMING = "upcoming", "upcoming"
    DUE_SOON = "due_soon", "due soon"
    OVERDUE = "overdue", "overdue"
    UNTRIGGERED = "untriggered", "untriggered"
    CLOSED = "closed", "closed"
