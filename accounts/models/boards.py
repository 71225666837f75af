import zoneinfo
from datetime import date, time
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone


class Role(models.TextChoices):
    COORDINATOR = "coordinator", "Coordinator"
    CHAIR = "chair", "Chair"
    MEMBER = "member", "Member"
    OBSERVER = "observer", "Observer"
    ANALYST = "analyst", "Analyst"


# Roles that act for a patient. Who only reads has nothing that could stay undone.
ACTING = (Role.COORDINATOR, Role.CHAIR, Role.MEMBER)


class Discipline(models.TextChoices):
    """Disciplines of a NET board (domain note D.1); interventional radiology is added for ablation and embolization."""

    SURGERY = "surgery", "Surgery"
    MEDICAL_ONCOLOGY = "medical_oncology", "Medical oncology"
    ENDOCRINOLOGY = "endocrinology", "Endocrinology"
    GASTROENTEROLOGY = "gastroenterology", "Gastroenterology"
    RADIOLOGY = "radiology", "Radiology"
    INTERVENTIONAL_RADIOLOGY = "interventional_radiology", "Interventional radiology"
    NUCLEAR_MEDICINE = "nuclear_medicine", "Nuclear medicine"
    PATHOLOGY = "pathology", "Pathology"
    CARDIOLOGY = "cardiology", "Cardiology"
    ANAESTHESIA = "anaesthesia", "Anaesthesia"
    RADIOTHERAPY = "radiotherapy", "Radiotherapy"
    PALLIATIVE_CARE = "palliative_care", "Palliative care"
    SPECIALIST_NURSE = "specialist_nurse", "Specialist nurse"
    COORDINATION = "coordination", "Coordination"


def validate_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(f"“{value}” is not an IANA time zone; write one such as Europe/Berlin.")


class BoardRows(models.QuerySet["Board"]):
    def for_list(self) -> Self:
        """With its institution, and `people`: the number of current memberships."""
        rows = self.select_related("institution")
        return rows.annotate(people=models.Count("memberships", filter=models.Q(memberships__ended_at=None)))


class Board(models.Model):
    """A multidisciplinary team with its own time zone, required disciplines and follow-up policy."""

    name = models.CharField("name", max_length=120, unique=True)
    # Empty only on a board that a program from before institutions made; `give_institutions` gives it one.
    institution = models.ForeignKey(
        "accounts.Institution", on_delete=models.PROTECT, null=True, related_name="boards", verbose_name="institution"
    )
    # What programs from before institutions read and write.
    institution_name = models.CharField(max_length=160, blank=True, default="", db_column="institution", editable=False)
    time_zone = models.CharField(
        "time zone", max_length=64, default="Europe/London", validators=[validate_zone],
        help_text="IANA name, for example Europe/Berlin. Reminders go out in this zone.",
    )  # fmt: skip
    reminder_time = models.TimeField("reminders go out at", default=time(8, 0), help_text="Local time of the board.")
    lead_days = models.PositiveSmallIntegerField(
        "days of warning before a date", default=7, validators=[MaxValueValidator(90)], help_text="0 to 90 days."
    )
    grace_days = models.PositiveSmallIntegerField(
        "days of grace after a date", default=3, validators=[MaxValueValidator(90)],
        help_text="After these days something due is overdue. 0 to 90 days.",
    )  # fmt: skip
    escalate_days = models.PositiveSmallIntegerField(
        "days overdue until the coordinator is told", default=7, validators=[MaxValueValidator(90)],
        help_text="0 to 90 days after it became overdue.",
    )  # fmt: skip
    chair_days = models.PositiveSmallIntegerField(
        "further days until the chair is told, too", null=True, blank=True, validators=[MaxValueValidator(90)],
        help_text="0 to 90 days after the coordinator was told. Leave it empty if the chair is not to be told.",
    )  # fmt: skip
    weekends_off = models.BooleanField(
        "no reminders on Saturdays and Sundays", default=False,
        help_text="They go out on the next working day. Due dates stay as they are.",
    )  # fmt: skip
    nothing_ahead_months = models.PositiveSmallIntegerField(
        "months until a reason for nothing ahead is looked at again", default=12, db_default=12,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="1 to 60 months. A case in care without a date ahead needs a reason, and is seen again after that time.",
    )  # fmt: skip
    delegates_may_lack_discipline = models.BooleanField(
        "a signature may be delegated to somebody of another discipline", default=False, db_default=False,
        help_text="For small boards. Without it, only who holds a discipline answers for it.",
    )  # fmt: skip
    analysts_read_text = models.BooleanField(
        "analysts read free text and names", default=False, db_default=False,
        help_text="Without it, they are given codes, figures and days alone: on the board's pages and over the API.",
    )  # fmt: skip
    analysts_need_project = models.BooleanField(
        "analysts read in a reporting project alone", default=False, db_default=False,
        help_text="In a project they are given pseudonyms, months or shifted days, and no small numbers. Without one, nothing.",
    )  # fmt: skip
    is_active = models.BooleanField("in use", default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    # Counts the changes that move reminders; what was written for an older count is timed anew.
    timing = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BoardRows.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def today(self) -> date:
        """The date where the board is: what is done at 23:30 in Berlin is done that day."""
        return timezone.now().astimezone(self.zone).date()


class RequiredDiscipline(models.Model):
    """A discipline whose signature a plan of this board needs, always or when the plan or case calls for it."""

    class When(models.TextChoices):
        ALWAYS = "always", "every plan"
        LIVER_DIRECTED = "liver_directed", "a step is RFA, TAE, TACE or SIRT"
        CARCINOID_HEART = "carcinoid_heart", "carcinoid heart disease is recorded"
        FUNCTIONAL_RESECTION = "functional_resection", "resection of a functional tumour"

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="required_disciplines")
    discipline = models.CharField("discipline", max_length=32, choices=Discipline)
    alternative = models.CharField("or", max_length=32, choices=Discipline, blank=True)
    when = models.CharField("needed for", max_length=32, choices=When, default=When.ALWAYS)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["board", "discipline"], name="required_discipline_once_per_board"),
            models.CheckConstraint(
                condition=~models.Q(alternative=models.F("discipline")), name="required_discipline_alternative_differs"
            ),
        ]

    def __str__(self) -> str:
        if self.alternative:
            return f"{self.get_discipline_display()} or {Discipline(self.alternative).label.lower()}"
        return self.get_discipline_display()


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> Self:
        return self.filter(ended_at=None)

    def running(self, day: date) -> Self:
        """Current, and not past their last day, where they have one."""
        return self.current().filter(models.Q(ends_on=None) | models.Q(ends_on__gte=day))

    def for_person(self) -> Self:
        """Current ones first, then by board."""
        return self.select_related("board").order_by(models.F("ended_at").desc(nulls_first=True), "board__name")

    def for_board(self) -> Self:
        return self.current().select_related("user").order_by("user__name", "pk")


class Membership(models.Model):
    """A person on a board, with the role that opens rows and actions, and the discipline they sign for."""

    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="memberships")
    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField("role", max_length=16, choices=Role)
    discipline = models.CharField("discipline", max_length=32, choices=Discipline, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Of an analyst of the whole institution: where it comes from, and its last day.
    through = models.ForeignKey(
        "accounts.InstitutionAnalyst", on_delete=models.PROTECT, null=True, editable=False, related_name="memberships"
    )
    ends_on = models.DateField(null=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["user__name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "board"], condition=models.Q(ended_at=None), name="membership_one_current_per_board"
            ),
            models.CheckConstraint(
                condition=~models.Q(role="member") | ~models.Q(discipline=""), name="membership_member_has_discipline"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.board_id} as {self.role}"

    @property
    def title(self) -> str:
        """Role and discipline as people say it."""
        return ", ".join(
            filter(None, [self.get_role_display(), self.get_discipline_display() if self.discipline else ""])
        )
