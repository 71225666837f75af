"""What came of a treatment, in the terms of the field: of a step, of a whole plan, and of what was given before.

`not_recorded` is what stands while nobody has said anything; nobody chooses it for a step or a plan. `not_assessed` is an
answer: somebody says that nobody looked. Neither is ever read as the best case.
"""

from datetime import date

from django.db import models
from django.db.models import Q


class Response(models.TextChoices):
    """RECIST 1.1."""

    COMPLETE = "complete", "Complete response (CR)"
    PARTIAL = "partial", "Partial response (PR)"
    STABLE = "stable", "Stable disease (SD)"
    PROGRESSION = "progression", "Progressive disease (PD)"
    NOT_EVALUABLE = "not_evaluable", "Not evaluable (NE)"
    NOT_ASSESSED = "not_assessed", "Not assessed"
    NOT_RECORDED = "not_recorded", "Not recorded"


class Toxicity(models.TextChoices):
    """Worst grade, as in the common terminology criteria for adverse events (CTCAE)."""

    NONE = "none", "Grade 0 (no adverse event)"
    GRADE_1 = "grade_1", "Grade 1 (mild)"
    GRADE_2 = "grade_2", "Grade 2 (moderate)"
    GRADE_3 = "grade_3", "Grade 3 (severe)"
    GRADE_4 = "grade_4", "Grade 4 (life-threatening)"
    GRADE_5 = "grade_5", "Grade 5 (death)"
    NOT_ASSESSED = "not_assessed", "Not assessed"
    NOT_RECORDED = "not_recorded", "Not recorded"


class SymptomControl(models.TextChoices):
    YES = "yes", "Controlled"
    PARTLY = "partly", "Partly controlled"
    NO = "no", "Not controlled"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    NOT_ASSESSED = "not_assessed", "Not assessed"
    NOT_RECORDED = "not_recorded", "Not recorded"


class Progression(models.TextChoices):
    """Whether the disease has progressed since; a response can be partial at first, and the disease progress later."""

    YES = "yes", "Progressed"
    NO = "no", "Has not progressed"
    NOT_ASSESSED = "not_assessed", "Not assessed"
    NOT_RECORDED = "not_recorded", "Not recorded"


def asked(choices: type[models.TextChoices]) -> list[tuple[str, str]]:
    """What a person can answer: everything but that nothing was answered."""
    return [(value, str(label)) for value, label in choices.choices if value != "not_recorded"]


RESPONSES, TOXICITIES = asked(Response), asked(Toxicity)
SYMPTOM_CONTROLS, PROGRESSIONS = asked(SymptomControl), asked(Progression)

# What is said where nothing was chosen: on a page, over the API, and by the service itself.
ASKED = {
    "response": "Say what the response was; “not assessed” where nobody looked.",
    "progression": "Say whether the disease has progressed; “not assessed” where nobody looked.",
    "toxicity": "Say what the worst grade was; “not assessed” where nobody looked.",
    "symptom_control": "Say how far the symptoms are controlled; “not assessed” where nobody asked.",
}

ASSESSED = ("complete", "partial", "stable", "progression", "not_evaluable")
# A response, or at least no growth: it is of the treatment until it progressed.
RESPONDED = ("complete", "partial", "stable")
# The best first, as RECIST takes the best overall response; the others say nothing of the tumour.
BEST_FIRST = ("complete", "partial", "stable", "progression", "not_evaluable", "not_assessed", "not_recorded")
GRADED = ("grade_1", "grade_2", "grade_3", "grade_4", "grade_5")
GRADE_ASSESSED = ("none", *GRADED)
SEVERE = ("grade_3", "grade_4", "grade_5")
CONTROL_ASSESSED = ("yes", "partly", "no")
OUTCOME_FIELDS = (
    "response", "response_on", "progression", "progressed_on", "toxicity", "toxicity_term", "toxicity_on", "symptom_control",
    "symptom_control_on",
)  # fmt: skip


def _choice(label: str, choices: type[models.TextChoices]) -> "models.CharField[str, str]":
    return models.CharField(
        label, max_length=16, choices=choices, default="not_recorded", db_default=models.Value("not_recorded")
    )


class Outcome(models.Model):
    """The columns that a step and a plan share. A plan's are never worked out from those of its steps."""

    Response, Toxicity, SymptomControl, Progression = Response, Toxicity, SymptomControl, Progression

    response = _choice("response (RECIST)", Response)
    response_on = models.DateField("response assessed on", null=True, blank=True)
    progression = _choice("progression", Progression)
    progressed_on = models.DateField("progressed on", null=True, blank=True)
    toxicity = _choice("worst toxicity (CTCAE)", Toxicity)
    toxicity_term = models.CharField("CTCAE term", max_length=120, blank=True, default="", db_default="")
    # Of what was recorded with the end both days are empty. That of the toxicity is the first on which it was as bad as that.
    toxicity_on = models.DateField("toxicity assessed on", null=True, blank=True)
    symptom_control = _choice("symptom control", SymptomControl)
    symptom_control_on = models.DateField("symptom control assessed on", null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def has_outcome(self) -> bool:
        """It was carried out, in part at least, and has ended: something came of it, whether anybody has said what or not."""
        return self.status in ("completed", "stopped") or bool(self.outcome_told)  # type: ignore[attr-defined]  # of each

    @property
    def outcome_told(self) -> list[str]:
        """What somebody has said of it, part by part, as in a list."""
        return [words for name, words in self._parts().items() if getattr(self, name) != "not_recorded"]

    @property
    def bad_news(self) -> list[str]:
        """What of it nobody may miss, whenever it comes out: that it progressed, and a toxicity from grade 3."""
        bad = {"progression": self.progression == Progression.YES, "toxicity": self.toxicity in SEVERE}
        return [words for name, words in self._parts().items() if bad.get(name)]

    def _parts(self) -> dict[str, str]:
        return {
            "response": f"Response: {self.response_words}", "progression": self.progression_words,
            "toxicity": f"Toxicity: {self.toxicity_words}", "symptom_control": f"Symptoms: {self.symptom_control_words}",
        }  # fmt: skip

    @property
    def response_words(self) -> str:
        return self.get_response_display() + _on(self.response_on)

    @property
    def progression_words(self) -> str:
        return self.get_progression_display() + _on(self.progressed_on)

    @property
    def toxicity_words(self) -> str:
        term = f": {self.toxicity_term}" if self.toxicity_term else ""
        return self.get_toxicity_display() + term + _assessed(self.toxicity_on)

    @property
    def symptom_control_words(self) -> str:
        return self.get_symptom_control_display() + _assessed(self.symptom_control_on)


def _on(day: date | None) -> str:
    return f" on {day:%-d %b %Y}" if day else ""


def _assessed(day: date | None) -> str:
    return f", assessed {day:%-d %b %Y}" if day else ""


def outcome_constraints(noun: str, ended: tuple[str, ...]) -> list[models.BaseConstraint]:
    """A detail never stands without what it is a detail of. The other way round it may: older rows have none. `ended`: the states
    in which an outcome can be added."""
    return [
        models.CheckConstraint(
            condition=Q(toxicity_on=None, symptom_control_on=None) | Q(status__in=ended),
            name=f"{noun}_later_outcome_has_end",
        ),
        models.CheckConstraint(
            condition=Q(toxicity_on=None) | Q(toxicity__in=GRADE_ASSESSED), name=f"{noun}_toxicity_day_has_grade"
        ),
        models.CheckConstraint(
            condition=Q(symptom_control_on=None) | Q(symptom_control__in=CONTROL_ASSESSED),
            name=f"{noun}_control_day_has_control",
        ),
        models.CheckConstraint(
            condition=Q(response_on=None) | Q(response__in=ASSESSED), name=f"{noun}_response_day_has_response"
        ),
        models.CheckConstraint(
            condition=Q(progressed_on=None) | Q(progression="yes"), name=f"{noun}_progression_day_has_progression"
        ),
        models.CheckConstraint(
            condition=Q(toxicity_term="") | Q(toxicity__in=GRADED), name=f"{noun}_toxicity_term_has_grade"
        ),
    ]
