from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.models import Role, User
from careplans.readers.holdings import WORK, BoardWork, counted


class SuccessorsForm(forms.Form):
    """Who takes over what somebody has, for each board and kind; one person for all of a board, or one for each kind.

    With `everything`, nothing may be left out. The fields are those of the work at hand, so there are none where there is none.
    """

    def __init__(self, data: QueryDict | None, *, work: Sequence[BoardWork], everything: bool = True) -> None:
        super().__init__(data)
        self.work = [one for one in work if one.asks]
        self.everything = everything
        for one in self.work:
            choices = _choices(one)
            if len(one.asks) > 1:
                self.fields[f"b{one.board.pk}-all"] = forms.ChoiceField(
                    label="Everything to", choices=choices, required=False, help_text="Or choose for each kind."
                )
            for kind in one.asks:
                self.fields[f"b{one.board.pk}-{kind}"] = forms.ChoiceField(
                    label=_label(one, kind), choices=choices, required=False
                )

    @property
    def blocks(self) -> list[tuple[BoardWork, list[forms.BoundField]]]:
        return [
            (one, [self[name] for name in self.fields if name.startswith(f"b{one.board.pk}-")]) for one in self.work
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for one in self.work:
            for kind in one.asks:
                name = f"b{one.board.pk}-{kind}"
                if self.everything and name not in self.errors and not self._chosen(one, kind):
                    self.add_error(name, "Choose who takes this over.")
        return data

    def _chosen(self, one: BoardWork, kind: str) -> str:
        data = self.cleaned_data
        chosen: str = data.get(f"b{one.board.pk}-{kind}") or data.get(f"b{one.board.pk}-all") or ""
        return chosen

    @property
    def successors(self) -> dict[int, dict[str, User]]:
        found: dict[int, dict[str, User]] = {}
        for one in self.work:
            people = {str(membership.user_id): membership.user for membership in one.candidates}
            chosen = {kind: self._chosen(one, kind) for kind in one.asks}
            found[one.board.pk] = {kind: people[pk] for kind, pk in chosen.items() if pk}
        return found


def _label(one: BoardWork, kind: str) -> str:
    words = [counted(WORK, kind, one.counts[kind])] if kind in one.counts else []
    if kind == "follow_ups" and "schedules" in one.counts:
        words.append(counted(WORK, "schedules", one.counts["schedules"]))
    return " and ".join(words).capitalize()


def _choices(one: BoardWork) -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for membership in one.candidates:
        group = "Coordinators" if membership.role == Role.COORDINATOR else "Others who act on the board"
        groups.setdefault(group, []).append((str(membership.user_id), f"{membership.user.name} ({membership.title})"))
    return [("", "Choose"), *groups.items()]
