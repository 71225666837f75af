from datetime import date
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Prefetch, Q

from careplans.models import step_values
from careplans.models.apart import ApartQuerySet, attach, links
from careplans.models.arms import Arm, InArms
from careplans.models.changes import Change, changed_at
from careplans.models.courses import (
    AfterEvent,
    Course,
    CourseFields,
    IntervalUnit,
    fails_by_course,
    met_by_course,
    waits_by_course,
)
from careplans.models.outcomes import Outcome
from careplans.models.plan_parts import LONG_TEXTS, complete_steps
from careplans.models.step_constraints import HAS_GATE, step_constraints, step_indexes
from careplans.models.step_places import InOrder
from modalities.models import Revision

# How a form names an added page, where it otherwise names a code: `page-<slug>`.
PAGE = "page-"
HANGING = ("monitoring", "occurrences", "breaks")


class StepQuerySet(ApartQuerySet):
    def for_plan(self) -> Self:
        """With arms and what hangs on each step, what it waits for, who sees to it, its revision and the one in force now."""
        return self.in_plan().completed()

    def in_plan(self) -> Self:
        """The same for who completes them: `complete_steps()`, and people."""
        texts = [name for name, _ in Revision.SECTIONS]
        own = [f"modality_revision__{name}" for name in texts]
        rows = self.filter(removed_at=None).select_related("modality_revision__modality")
        return rows.defer(*own).prefetch_related(*HANGING).order_by("position", "id")

    def complete(self, rows: list["Step"]) -> None:
        complete_steps(rows)
        attach(links(rows, "owner", "assignee"))

    def for_rules(self) -> Self:
        return self.filter(removed_at=None).with_arms().with_page().order_by("position", "id")

    def with_page(self) -> Self:
        """With the reference page of each, without its text: a rule may name one that the centre added."""
        texts = [f"modality_revision__{name}" for name, _ in Revision.SECTIONS]
        return self.select_related("modality_revision__modality").defer(*texts)

    def for_api(self) -> Self:
        """The row itself: `readers/served/steps.py` reads what is served with it."""
        return self.annotate(changed_at=changed_at(Change.Noun.STEPS))

    def for_work_list(self) -> Self:
        """Each kind of thing by a query of its own: planning eleven joins takes ten times as long as reading the rows."""
        from careplans.models.cases import Case

        step = Step.objects.defer(*LONG_TEXTS)
        gate = (Prefetch("after_step", step), Prefetch("after_step__after_step", step), Prefetch("arm__decision", step))
        return self.prefetch_related(Prefetch("case", Case.objects.for_naming()), "assignee", *gate)

    def with_gate(self) -> Self:
        """With the step that each waits for, and the one that this waits for (careplans/readers/steps/gates.py)."""
        steps = ("after_step", "after_step__after_step", "arm__decision")
        texts = [f"{step}__{name}" for step in steps for name in LONG_TEXTS]
        return self.select_related("after_step__after_step", "arm__decision").defer(*texts)

    def with_arms(self) -> Self:
        """Decisions with their arms, and as they stand in the plan before (`Step.as_decided`). One more query."""
        texts = [f"carried_from__{name}" for name in LONG_TEXTS]
        return self.select_related("carried_from", "chosen_arm").defer(*texts).prefetch_related(
            Prefetch("arms", Arm.objects.live())
        )  # fmt: skip

    def open(self) -> Self:
        """Steps whose fate is not recorded yet."""
        return self.filter(status__in=Step.OPEN)

    def expected(self) -> Self:
        """Open steps, without those of an arm that nobody has chosen yet: they are neither late nor missing."""
        return self.open().filter(Q(arm=None) | Q(due_on__isnull=False))

    def waiting(self) -> Self:
        """Open steps of plans in force, by the columns that indexes know. Of an amended plan they wait in its successor."""
        return self.open().filter(due_on__isnull=False, carried_over_at=None)

    def in_hands(self) -> Self:
        """Of `waiting()`, and those in an arm that nobody has chosen yet."""
        return self.open().filter(Q(due_on__isnull=False) | Q(arm__isnull=False), carried_over_at=None)

    def before_gate(self) -> Self:
        """Of `waiting()` those that have not begun."""
        return self.waiting().filter(status__in=Step.BEFORE_START, started_on=None)

    def gated(self) -> Self:
        """Of `before_gate()` those that have something to wait for: an index knows them."""
        return self.before_gate().filter(HAS_GATE)

    def gate_failed(self) -> Self:
        """What they wait for will not come any more; somebody has to decide."""
        in_arm = Q(arm__decision__status__in=Step.FAILED)
        return self.gated().filter(fails_by_course(Step.FAILED, Step.ENDED) | in_arm)


class Step(InOrder, InArms, CourseFields, Outcome):
    """One management step of a plan: where it stands in the order, what it is for, who sees to it, what became of it."""

    Phase, ModalityCode, Goal = step_values.Phase, step_values.ModalityCode, step_values.Goal
    Target, Fulfilment, Reason = step_values.Target, step_values.Fulfilment, step_values.Reason
    Course, IntervalUnit, AfterEvent = Course, IntervalUnit, AfterEvent

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        PLANNED = "planned", "Planned"
        IN_PROGRESS = "in_progress", "In progress"
        ON_HOLD = "on_hold", "On hold"
        COMPLETED = "completed", "Completed"
        STOPPED = "stopped", "Stopped"
        NOT_DONE = "not_done", "Not done"
        SET_ASIDE = "set_aside", "Set aside"

    # Domain note D.3. `proposed -> planned` happens when the plan becomes active.
    TRANSITIONS: dict[str, tuple[str, ...]] = {
        Status.PROPOSED: (Status.PLANNED, Status.NOT_DONE),
        Status.PLANNED: (Status.IN_PROGRESS, Status.ON_HOLD, Status.NOT_DONE, Status.SET_ASIDE),
        Status.IN_PROGRESS: (Status.COMPLETED, Status.STOPPED, Status.ON_HOLD),
        Status.ON_HOLD: (
            Status.PLANNED, Status.IN_PROGRESS, Status.NOT_DONE, Status.STOPPED, Status.SET_ASIDE,
        ),
        Status.COMPLETED: (),
        Status.STOPPED: (),
        Status.NOT_DONE: (),
        # Final but for a correction of the decision.
        Status.SET_ASIDE: (Status.PLANNED,),
    }  # fmt: skip
    OPEN = (Status.PLANNED, Status.IN_PROGRESS, Status.ON_HOLD)
    ENDED = (Status.COMPLETED, Status.STOPPED, Status.NOT_DONE, Status.SET_ASIDE)
    # Whoever waits for such a step waits in vain.
    FAILED = (Status.STOPPED, Status.NOT_DONE, Status.SET_ASIDE)
    BEFORE_START = (Status.PLANNED, Status.ON_HOLD)

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("careplans.Plan", on_delete=models.PROTECT, related_name="steps")
    phase = models.CharField("phase", max_length=16, choices=Phase)
    modality_code = models.CharField("modality", max_length=6, choices=ModalityCode)
    modality_revision = models.ForeignKey("modalities.Revision", on_delete=models.PROTECT, null=True, related_name="+")
    # Of a page that the centre added, as its revision says; empty when the step has the usual name of its modality.
    reference_page_title = models.CharField(max_length=160, blank=True, editable=False)
    description = models.CharField(
        "what exactly", max_length=200, blank=True, help_text="Needed for “other”; for example: active surveillance."
    )
    goals = models.JSONField("goals", default=list)
    target = models.CharField("target", max_length=12, choices=Target, blank=True)
    target_mm = models.PositiveSmallIntegerField(
        "size of the target", null=True, blank=True, help_text="Whole millimetres: 25, not 2.5 cm.",
        validators=[MinValueValidator(1), MaxValueValidator(500)],
    )  # fmt: skip
    # Without it, a step that gives no size takes the case's figure for its target (domain note B.3).
    target_mm_unknown = models.BooleanField("size of the target not recorded", default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Sees to it that the step happens and records what became of it.",
    )  # fmt: skip
    planned_start = models.DateField("planned start", null=True, blank=True)
    planned_end = models.DateField("planned end", null=True, blank=True)
    after_step = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="only after step"
    )
    not_before = models.DateField("not before", null=True, blank=True)
    only_if = models.CharField("only if", max_length=200, blank=True, help_text="For example: Ki-67 confirmed.")
    stop_when = models.CharField("stop when", max_length=200, blank=True, help_text="For example: progression.")
    rationale = models.TextField("why this step, and why here", blank=True)
    alternatives = models.TextField("alternatives considered", blank=True)
    carried_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, editable=False)
    # When an amendment took this step over with its fate open, or other care did as the plan was completed: it goes on there.
    carried_over_at = models.DateTimeField(null=True, editable=False)
    # The next date that stood when an amendment left it out, which tells whether it was overdue by then.
    due_when_left_out = models.DateField(null=True, editable=False)
    status = models.CharField(max_length=12, choices=Status, default=Status.PROPOSED)
    # Who sees to it now and when they must act next; `owner` and the planned dates stay as they were signed.
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField("next date", null=True)
    started_on = models.DateField("started", null=True)
    ended_on = models.DateField("ended", null=True)
    fulfilment = models.CharField("fulfilment", max_length=16, choices=Fulfilment, blank=True)
    reason = models.CharField("reason", max_length=28, choices=Reason, blank=True)
    reason_note = models.TextField("reason in words", blank=True)
    reason_given = models.CharField(
        "reason that was given", max_length=28, choices=Reason, blank=True, default="", db_default=models.Value("")
    )
    outcome = models.TextField("outcome in words", blank=True)
    version = models.PositiveIntegerField(default=1)
    # The board's count of timing changes that its reminders follow.
    timing_version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = step_constraints()
        indexes = step_indexes()

    def __str__(self) -> str:
        return f"Step {self.number}: {self.title}"

    @property
    def title(self) -> str:
        """Modality and what exactly, as a heading."""
        name = self.reference_page_title or step_values.MODALITY_NAMES.get(self.modality_code, self.modality_code)
        if self.modality_code == self.ModalityCode.OTHER and not self.reference_page_title:
            return self.description or name
        return f"{name}: {self.description}" if self.description else name

    @property
    def coded_name(self) -> str:
        """What it is without free text, for what leaves the house."""
        kind = "Decision" if self.is_decision else self.get_modality_code_display()
        return self.reference_page_title or kind

    @property
    def modality(self) -> str:
        """What the step form chooses: a code, or `page-<slug>` for an added page, which must be loaded with its revision."""
        revision = self.modality_revision if self.reference_page_title else None
        return f"{PAGE}{revision.modality.slug}" if revision else self.modality_code

    @property
    def heading(self) -> str:
        return f"Step {self.number}: {self.title}"

    @property
    def newer_revision(self) -> Revision | None:
        """The revision in force, when the step rests on an older one. The step must come from `for_plan()`."""
        rests_on = self.modality_revision
        now = rests_on.modality.current_revision if rests_on else None
        return now if rests_on and now and now.number > rests_on.number else None

    @property
    def summary(self) -> list[str]:
        """Goals, target, course, owner, dates, gate and arm in a few words; owner, gate and arm must be loaded."""
        target = f"{self.get_target_display()}{f', {self.size}' if self.size else ''}" if self.target else ""
        start = f"from {self.planned_start:%-d %b %Y}" if self.planned_start else "no planned start"
        what = "A decision with arms" if self.is_decision else ", ".join(self.goal_labels)
        arm = f"in the arm “{self.arm.name}” of step {self.arm.decision.number}" if self.arm else ""
        owner = self.owner.name if self.owner else "no owner"
        return list(filter(None, [what, target, self.course_words, owner, start, *self.gate_words, arm]))

    @property
    def gate_words(self) -> list[str]:
        """What it waits for, as it is planned: “after step 1 has begun”; the step that it waits for must be loaded."""
        after, day = self.after_step, self.not_before
        words = [
            f"after step {after.number} {self.after_words or 'has ended'}" if after else "",
            f"not before {day:%-d %b %Y}" if day else "",
            f"only if {self.only_if}" if self.only_if else "",
        ]
        return [word for word in words if word]

    @property
    def size(self) -> str:
        """The size of its own target in words; empty where the case's figure counts."""
        return "size not recorded" if self.target_mm_unknown else (f"{self.target_mm} mm" if self.target_mm else "")

    @classmethod
    def waits_on(cls, today: date) -> Q:
        """Of `before_gate()` those that wait on this day: for another step, or for a day that is still to come."""
        met = Q(after_step=None) | met_by_course(cls.Status.COMPLETED)
        waits = waits_by_course((cls.Status.PROPOSED, *cls.OPEN)) | (Q(not_before__gt=today) & met)
        return waits & ~Q(arm__decision__status__in=cls.FAILED)

    @property
    def goal_labels(self) -> list[str]:
        # A page that says a plan is not what was signed is shown, whatever stands in its rows.
        return [self.Goal(goal).label for goal in self.goals or ()]

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def fulfilment_when_stopped(self) -> str:
        """In part, by a stop before its end. What only a stop ends has none to fall short of, nor has what was given to the last:
        how far that was carried out nobody has said."""
        whole = self.is_counted and self.occurrences_given >= (self.occurrences_planned or 0)
        return "" if self.runs_until_stopped or whole else self.Fulfilment.PARTIAL

    @property
    def is_running(self) -> bool:
        """Begun, held or not, and here: not in an amendment that took it over."""
        begun = self.started_on is not None and self.status in (self.Status.IN_PROGRESS, self.Status.ON_HOLD)
        return begun and self.carried_over_at is None
