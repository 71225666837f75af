"""Plans of one case each, released on a day and carried out on others: what the reports of concordance are held against."""

from datetime import date, timedelta

from careplans.models import Occurrence, Plan, Step
from careplans.services.occurrence_progress import give_occurrence, give_otherwise, omit_occurrence, postpone_occurrence
from careplans.services.plan_ending import revoke_plan
from careplans.services.plans import amend_plan, draft_plan
from careplans.services.step_progress import complete_step, hand_over_step, hold_step, skip_step, start_step, stop_step
from careplans.services.steps import add_step, edit_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.reports.worked_out import on  # noqa: F401

RELEASED = (3, 1)
CYCLES = {"course": "cycles", "occurrences_planned": 2, "interval": 4, "interval_unit": "weeks"}
ONGOING = {"course": "ongoing", "interval": 28, "interval_unit": "days", "stop_when": "progression"}


def day(*parts):
    return date(2026, *parts)


class Delivery:
    """Plans in force on a board, and what becomes of their steps. `ana` delivers and `chloe` releases."""

    NOTHING_THERE = Occurrence.DoesNotExist

    def __init__(self, board, ana, chloe):
        self.board, self.ana, self.chloe, self.cases = board, ana, chloe, 0

    def draft(self, *steps):
        """Each step is a dict of what it does not leave out, and its planned start as `(month, day)`."""
        self.cases += 1
        case = makers.make_case(self.board, by=self.ana, record_number=f"SYN-{self.cases}")
        plan = draft_plan(case, by=self.ana)
        return plan, [self.add(plan, **values) for values in steps]

    def add(self, plan, *, start=(3, 10), code="OSA", **values):
        makers.make_modality(code)
        return add_step(
            plan, by=self.ana, modality_code=code, planned_start=day(*start) if start else None,
            **({"phase": "tumour_control", "goals": ["tumour_control"], "owner": self.ana} | values),
        )  # fmt: skip

    def release(self, plan):
        makers.submit(plan, by=self.ana)
        return makers.release(plan, by=self.chloe)

    def plan(self, *steps):
        """The steps of a plan that was released on 1 March."""
        with on(*RELEASED):
            plan, made = self.draft(*steps)
            self.release(plan)
        return made

    def plan_of(self, steps):
        """The same of `(course, days after the release, whether it waits for the one before)` of each."""
        with on(*RELEASED):
            plan, made = self.draft()
            for course, days, waits in steps:
                start = day(*RELEASED) + timedelta(days=days)
                step = self.add(plan, start=(start.month, start.day), **course)
                if waits and made:
                    edit_step(step, {"after_step": made[-1]}, by=self.ana)
                made.append(step)
            self.release(plan)
        return made

    def gated(self, first, second, **gate):
        """Two of one plan, the second of which waits for the first."""
        with on(*RELEASED):
            plan, (before, after) = self.draft(first, second)
            edit_step(after, {"after_step": before, **gate}, by=self.ana)
            self.release(plan)
        return before, after

    def one(self, **values):
        return self.plan(values)[0]

    def start(self, step, *at, recorded=None, until=(12, 1), why="as agreed"):
        self._do(start_step, step, recorded or at, on=day(*at), due_on=day(*until), why=why)

    def complete(self, step, *at, recorded=None, fulfilment="full"):
        self._do(complete_step, step, recorded or at, on=day(*at), fulfilment=fulfilment, **makers.OUTCOME)

    def stop(self, step, *at, reason):
        self._do(stop_step, step, at, on=day(*at), reason=reason, **(makers.OUTCOME | {"progression": "not_assessed"}))

    def skip(self, step, *at, reason="patient_choice"):
        self._do(skip_step, step, at, reason=reason)

    def put_off(self, step, *at, to):
        self._do(hand_over_step, step, at, due_on=day(*to), why="booked then")

    def hold(self, step, *at, until):
        self._do(hold_step, step, at, on=day(*at), until=day(*until), reason="medical_reason")

    def amend(self, step, *at):
        """A draft that amends its plan; returned with its steps in their order."""
        with on(*at):
            plan = amend_plan(Plan.objects.get(pk=step.plan_id), by=self.ana, reason="as discussed")
            return plan, list(plan.steps.filter(removed_at=None).order_by("position", "id"))

    def release_on(self, amended, *at):
        with on(*at):
            self.release(amended[0])

    def revoke(self, step, *at):
        with on(*at):
            plan = Plan.objects.select_related("case", "board").get(pk=step.plan_id)
            ahead = {"nothing_ahead_reason": "Followed elsewhere."}
            revoke_plan(
                plan,
                by=self.chloe,
                expected_version=plan.version,
                reason_code="patient_choice",
                reason="withdrawn",
                ahead=ahead,
            )

    def give(self, step, number, *at, move_later=False):
        self._do_one(give_occurrence, step, number, at, on=day(*at), move_later=move_later, why="as agreed")

    def give_otherwise(self, step, number, *at):
        self._do_one(give_otherwise, step, number, at, on=day(*at), reason="medical_reason", move_later=False)

    def postpone(self, step, number, *at, to, move_later=False):
        self._do_one(
            postpone_occurrence, step, number, at, to=day(*to), reason="deterioration", move_later=move_later
        )  # fmt: skip

    def omit(self, step, number, *at):
        self._do_one(omit_occurrence, step, number, at, reason="patient_choice")

    def _do(self, verb, step, at, **said):
        with on(*at):
            step = Step.objects.select_related("plan__case", "case__patient", "board").get(pk=step.pk)
            verb(step, by=self.ana, expected_version=step.version, **said)

    def _do_one(self, verb, step, number, at, **said):
        with on(*at):
            row = Occurrence.objects.for_page().get(step=step.pk, number=number)
            verb(row, by=self.ana, expected_version=row.version, **said)


def asked(person, report, *, at=(6, 30), **params):
    """Asked on 30 June of all of 2026."""
    with on(*at):
        whole = {"since": "2026-01-01", "until": "2026-12-31"} | params
        answer = Api(person).get(f"/reports/{report}/", **whole)
        assert answer.status_code == 200, answer.json()
        return answer.json()


def rows(person, report, *, at=(6, 30), **params):
    with on(*at):
        whole = {"since": "2026-01-01", "until": "2026-12-31"} | params
        answer = Api(person).get(f"/reports/{report}/rows/", **whole)
        assert answer.status_code == 200, answer.json()
        return answer.json()["results"]


def class_of(person, step, *, report="concordance", **params):
    """The class of each row of its case, in their order."""
    found = [row["cells"]["class"] for row in rows(person, report, **params) if row["case"] == step.case_id]
    return found[0] if len(found) == 1 else found


def by_step(found):
    """Of the rows behind a figure, which step has which cells."""
    return {row["cells"]["step_id"]: row["cells"] for row in found}


def classes(person, **params):
    return {key: cells["class"] for key, cells in by_step(rows(person, "concordance", **params)).items()}
