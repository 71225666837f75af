"""What was found, as the page draws it. Pure, but for addresses: rows come with all that they are drawn with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse

from accounts.models import Membership, User
from careplans.models import Case, FollowUp, Patient, Plan
from careplans.readers.finding.typed import Typed
from careplans.readers.steps.due import label_of
from modalities.highlighting import Piece


@dataclass(frozen=True)
class Hit:
    title: list[Piece]
    about: list[Piece]
    url: str
    status: str = ""
    status_label: str = ""
    board: str = ""
    """Where somebody is on several."""


@dataclass(frozen=True)
class HitGroup:
    name: str
    heading: str
    hits: list[Hit]
    more: bool = False

    @property
    def count(self) -> str:
        return f"{len(self.hits)}+" if self.more else str(len(self.hits))


@dataclass(frozen=True)
class Drawn:
    """How hits are drawn for one person: with what they typed marked, and with the board where they have several."""

    typed: Typed
    boards: dict[int, str] = field(default_factory=dict)

    def patient(self, row: Patient) -> Hit:
        about = f"Record {row.record_number} · born {row.birth_date}"
        title, about_it = self.typed.marked(str(row)), self.typed.marked(about)
        return Hit(title, about_it, reverse("careplans:patient", args=[row.pk]), board="")

    def case(self, row: Case) -> Hit:
        title, about = self.typed.marked(row.title), self.typed.marked(str(row.patient))
        url = reverse("careplans:case", args=[row.pk])
        return Hit(title, about, url, row.status, row.get_status_display(), self.boards.get(row.board_id, ""))

    def plan(self, row: Plan, case: Case) -> Hit:
        title = self.typed.marked(f"Plan {row.number}, {case.title}")
        url = reverse("careplans:plan", args=[row.pk])
        about = self.typed.marked(str(case.patient))
        return Hit(title, about, url, row.status, row.get_status_display(), self.boards.get(row.board_id, ""))

    def follow_up(self, row: FollowUp, case: Case, today: date) -> Hit:
        words = [f"{row.due_on:%-d %b %Y}", case.title, str(case.patient)]
        state, label = row.state_on(today), label_of(row, today)
        url = reverse("careplans:followup", args=[row.pk])
        about = self.typed.marked(" · ".join(words))
        return Hit(self.typed.marked(row.heading), about, url, state, label, self.boards.get(row.board_id, ""))

    def member(self, row: Membership, url: str) -> Hit:
        about = f"{row.title}, {row.board.name}"
        return Hit(self.typed.marked(row.user.name), self.typed.marked(about), url)

    def account(self, row: User) -> Hit:
        url = reverse("accounts:person", args=[row.pk])
        return Hit(self.typed.marked(row.name), self.typed.marked(row.email), url, row.state, row.state.capitalize())


def group(name: str, heading: str, hits: Sequence[Hit], *, most: int, more: bool = False) -> list[HitGroup]:
    """None where nothing was found."""
    return [HitGroup(name, heading, list(hits[:most]), more or len(hits) > most)] if hits else []
