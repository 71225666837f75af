"""The course of a step: once, ongoing, in cycles or in sessions; and of another step, what exactly this one waits for."""

from datetime import date, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from careplans.models.course_ends import reasons_named, stop_was_signed
from careplans.models.step_values import Reason
from common.local_time import add_months

MOST_OCCURRENCES = 60
LONGEST_INTERVAL = 120


class Course(models.TextChoices):
    """Domain note D.3b."""

    ONCE = "once", "Once"
    ONGOING = "ongoing", "Ongoing"
    CONTINUOUS = "continuous", "Continuous"
    CYCLES = "cycles", "In cycles"
    SESSIONS = "sessions", "In sessions"


class IntervalUnit(models.TextChoices):
    DAYS = "days", "Days"
    WEEKS = "weeks", "Weeks"
    MONTHS = "months", "Months"


# Of what is told as a share of an interval: a month has 30 days there, whichever it is.
DAYS_OF_A: dict[str, int] = {IntervalUnit.DAYS: 1, IntervalUnit.WEEKS: 7, IntervalUnit.MONTHS: 30}


class AfterEvent(models.TextChoices):
    """What of the other step opens the gate."""

    ENDED = "ended", "It has ended"
    BEGUN = "begun", "It has begun"
    OCCURRENCE = "occurrence", "So many of its cycles or sessions have been given"


# As in `Step.Status`, which is built on what is here.
STOPPED, NOT_DONE = "stopped", "not_done"

WORDS: dict[str, str] = {Course.ONGOING: "administration", Course.CYCLES: "cycle", Course.SESSIONS: "session"}


class CourseFields(models.Model):
    """How a step runs, as it is signed; and how far it has come. No dose: that is for whoever prescribes."""

    course = models.CharField("course", max_length=10, choices=Course, default=Course.ONCE, db_default=Course.ONCE)
    occurrences_planned = models.PositiveSmallIntegerField(
        "how many cycles or sessions", null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_OCCURRENCES)],
        help_text="Empty: until what stands in “stop when”.",
    )  # fmt: skip
    interval = models.PositiveSmallIntegerField(
        "every", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_INTERVAL)]
    )
    interval_unit = models.CharField(
        "unit of the interval", max_length=6, choices=IntervalUnit, blank=True, default="", db_default=""
    )
    agent = models.CharField(
        "agent", max_length=120, blank=True, default="", db_default="",
        help_text="In words, for example: 177Lu-DOTATATE. No dose.",
    )  # fmt: skip
    session_names = models.TextField(
        "what each session is", blank=True, default="", db_default="", help_text="One a line, for example: right lobe."
    )
    after_event = models.CharField(
        "of that step", max_length=10, choices=AfterEvent, default=AfterEvent.ENDED, db_default=AfterEvent.ENDED
    )
    after_occurrence = models.PositiveSmallIntegerField(
        "after how many of its cycles or sessions", null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_OCCURRENCES)],
    )  # fmt: skip
    # How many rows of its occurrences say so: the lists show it without reading those.
    occurrences_given = models.PositiveSmallIntegerField("given", default=0, db_default=0, editable=False)
    occurrences_omitted = models.PositiveSmallIntegerField("left out", default=0, db_default=0, editable=False)
    # Of an ongoing step whose plan has been completed: who sees to it from then on.
    goes_on_with = models.CharField("goes on under the care of", max_length=200, blank=True, default="", db_default="")

    class Meta:
        abstract = True

    @property
    def title_with_agent(self) -> str:
        """For whoever treats: “Other systemic agent (lanreotide)”. An agent that the title names is not said twice."""
        title: str = getattr(self, "title", "")
        return title if self.agent.casefold() in title.casefold() else f"{title} ({self.agent})"

    @property
    def is_repeated(self) -> bool:
        """Whether it is given more than once, each time by itself. A daily tablet is not: it begins, and runs on."""
        return self.course not in (Course.ONCE, Course.CONTINUOUS)

    @property
    def is_ongoing(self) -> bool:
        """Whether it runs until a reason to stop, at an interval or every day."""
        return self.course in (Course.ONGOING, Course.CONTINUOUS)

    @property
    def occurrence_word(self) -> str:
        return WORDS.get(self.course, "")

    @property
    def session_list(self) -> list[str]:
        return [line.strip() for line in self.session_names.splitlines() if line.strip()]

    @property
    def interval_words(self) -> str:
        """“every 8 weeks”; empty where nothing is said."""
        if not self.interval or not self.interval_unit:
            return ""
        unit = self.interval_unit.removesuffix("s")
        return f"every {unit}" if self.interval == 1 else f"every {self.interval} {unit}s"

    @property
    def course_words(self) -> str:
        """“4 cycles, every 8 weeks”, “ongoing, every 28 days”, “continuous, until progression”; empty for what is done once."""
        if self.course == Course.CONTINUOUS:
            return f"continuous, until {getattr(self, 'stop_when', '') or 'a reason to stop'}"
        if not self.is_repeated:
            return ""
        number, word = self.occurrences_planned, self.occurrence_word
        many = f"{number} {word}{'' if number == 1 else 's'}" if number else f"{word}s until a reason to stop"
        names = f": {', '.join(self.session_list)}" if self.session_list else ""
        return (
            ", ".join(filter(None, ["ongoing" if self.course == Course.ONGOING else many, self.interval_words])) + names
        )

    @property
    def is_counted(self) -> bool:
        """Whether its number is fixed."""
        return self.course in (Course.CYCLES, Course.SESSIONS) and self.occurrences_planned is not None

    def has_number(self, number: int) -> bool:
        """Whether its course comes to so many."""
        return self.is_repeated and (not self.is_counted or number <= (self.occurrences_planned or 0))

    @property
    def runs_until_stopped(self) -> bool:
        """Whether nothing but a reason to stop ends it: it is ongoing, or its cycles have no number. Stopped, it has ended."""
        return self.course == Course.CONTINUOUS or (self.is_repeated and not self.is_counted)

    @property
    def has_run_its_course(self) -> bool:
        """Whether it was stopped, and that is its end: nothing else ends it, or “stop when” names the reason. In the database:
        `run_its_course`; in questions of reports `careplans/reports/concordance/ended.py`."""
        if getattr(self, "status", "") != STOPPED:
            return False
        return self.runs_until_stopped or getattr(self, "reason", "") in reasons_named(getattr(self, "stop_when", ""))

    @property
    def stop_words(self) -> str:
        """The reasons that are read in “stop when”: “progression; toxicity or not tolerated”."""
        return "; ".join(Reason(code).label.lower() for code in reasons_named(getattr(self, "stop_when", "")))

    @property
    def was_left_out_in_part(self) -> bool:
        """Of a fixed number, one or more were left out."""
        return self.is_counted and self.occurrences_omitted > 0

    @property
    def delivered_words(self) -> str:
        """“2 of 4 cycles given, 1 left out”; for what is done once nothing but what was given before an amendment made it so."""
        if not self.is_repeated:
            return f"{self.occurrences_given} given before the course changed" if self.occurrences_given else ""
        many = self.occurrences_planned if self.is_counted else self.occurrences_given
        word = f"{self.occurrence_word}{'' if many == 1 else 's'}"
        given = f"{self.occurrences_given} of {many}" if self.is_counted else f"{self.occurrences_given}"
        missing = (
            f", {self.occurrences_omitted} {self._missing_words}"
            if self.is_counted and self.occurrences_omitted
            else ""
        )
        return f"{given} {word} given{missing}"

    @property
    def _missing_words(self) -> str:
        """Of what was not given: nobody left out what was never due, since its step ended before, or goes on with fewer in an
        amendment. Which of them were due the report of cycles tells."""
        goes_on = getattr(self, "carried_over_at", None) is not None
        return "not given" if goes_on or getattr(self, "status", "") in (STOPPED, NOT_DONE) else "left out"

    def occurrence_heading(self, number: int, *, named: bool = True) -> str:
        """“Cycle 3 of 4”, “Session 1 of 2 (right lobe)”, “Administration 7”. A name is free text."""
        names = self.session_list if named else []
        name = f" ({names[number - 1]})" if number <= len(names) else ""
        of = f" of {self.occurrences_planned}" if self.is_counted else ""
        return f"{(self.occurrence_word or 'earlier administration').capitalize()} {number}{of}{name}"

    @property
    def next_number(self) -> int | None:
        """Of the one that comes next; none where all are settled, or nothing is given repeatedly."""
        number = self.occurrences_given + self.occurrences_omitted + 1
        over = self.is_counted and number > (self.occurrences_planned or 0)
        return None if over or not self.is_repeated else number

    def day_after(self, day: date, times: int = 1, *, kept: int = 0) -> date:
        """So many intervals after a day; the day itself where no interval is said. `kept`: as of `add_months`."""
        return after_interval(day, (self.interval or 0) * times, self.interval_unit, kept=kept)

    @property
    def after_words(self) -> str:
        """What of the other step is waited for: “has begun”; empty for its end."""
        if self.after_event == AfterEvent.BEGUN:
            return "has begun"
        if self.after_event == AfterEvent.OCCURRENCE:
            return f"has been given {_times(self.after_occurrence)}"
        return ""


def after_interval(day: date, many: int, unit: str, *, kept: int = 0) -> date:
    if unit == IntervalUnit.MONTHS:
        return add_months(day, many, kept=kept) if many else day
    return day + timedelta(days=many * (7 if unit == IntervalUnit.WEEKS else 1))


def _times(number: int | None) -> str:
    return {None: "some times", 1: "once", 2: "twice"}.get(number, f"{number} times")


def course_constraints() -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(
            condition=Q(occurrences_planned=None) | Q(occurrences_planned__gte=1), name="step_occurrences_from_one"
        ),
        models.CheckConstraint(condition=Q(interval=None) | Q(interval__gte=1), name="step_interval_from_one"),
        models.CheckConstraint(
            condition=Q(after_occurrence=None) | Q(after_occurrence__gte=1), name="step_after_occurrence_from_one"
        ),
    ]  # fmt: skip


def run_its_course(step: str) -> Q:
    """Of rows that point at a step by this name: those whose step was stopped, and for which that is its end."""
    repeated = (Course.CYCLES, Course.SESSIONS)
    open_ended = Q(**{f"{step}__course__in": (Course.ONGOING, Course.CONTINUOUS)}) | Q(
        **{f"{step}__course__in": repeated, f"{step}__occurrences_planned": None}
    )
    return Q(**{f"{step}__status": STOPPED}) & (open_ended | stop_was_signed(step))


def _awaited_has_run_its_course() -> Q:
    """Of steps that wait for the end of another."""
    return run_its_course("after_step") & Q(after_event=AfterEvent.ENDED)


def fails_by_course(failed: tuple[str, ...], ended: tuple[str, ...]) -> Q:
    """Of steps that wait for another: those for which it will not come any more."""
    too_few = Q(after_step__status__in=ended) | Q(
        after_step__occurrences_planned__lt=models.F("after_occurrence") + models.F("after_step__occurrences_omitted")
    )
    not_begun = Q(after_event=AfterEvent.BEGUN, after_step__started_on=None)
    not_given = Q(after_event=AfterEvent.OCCURRENCE, after_step__occurrences_given__lt=models.F("after_occurrence"))
    return (
        (Q(after_event=AfterEvent.ENDED, after_step__status__in=failed) & ~_awaited_has_run_its_course())
        | (not_begun & Q(after_step__status__in=failed))
        | (not_given & too_few)
    )


def waits_by_course(unsettled: tuple[str, ...]) -> Q:
    """Of steps that wait for another: those for which it can still come."""
    running = Q(after_step__status__in=unsettled)
    enough = Q(after_step__occurrences_planned=None) | Q(
        after_step__occurrences_planned__gte=models.F("after_occurrence") + models.F("after_step__occurrences_omitted")
    )
    return running & (
        Q(after_event=AfterEvent.ENDED)
        | Q(after_event=AfterEvent.BEGUN, after_step__started_on=None)
        | (
            Q(after_event=AfterEvent.OCCURRENCE, after_step__occurrences_given__lt=models.F("after_occurrence"))
            & enough
        )
    )


def met_by_course(completed: str) -> Q:
    """Of steps that wait for another: those for which it has come."""
    return (
        Q(after_event__in=(AfterEvent.ENDED, AfterEvent.BEGUN), after_step__status=completed)
        | Q(after_event=AfterEvent.BEGUN, after_step__started_on__isnull=False)
        | Q(after_event=AfterEvent.OCCURRENCE, after_step__occurrences_given__gte=models.F("after_occurrence"))
        | _awaited_has_run_its_course()
    )
