from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from common import unlikely_days
from common.asked import ask
from common.centre_day import centre_today
from common.writing import compare_and_set, told_of, transactional
from modalities.models import Modality, Trial

FIELDS = ("name", "register_id", "link", "opened_on", "closed_on", "criteria", "contact")
Values = Mapping[str, str | date | None]


@transactional
def add_trial(values: Values, *, by: User) -> Trial:
    require(by, "reference.edit")
    _check(values)
    trial = Trial.objects.create(changed_by=by, **{name: values[name] for name in FIELDS})
    audit.record("reference.trial_added", by=by, subject=trial, label=str(trial)[:160])
    return trial


@transactional
def edit_trial(trial: Trial, values: Values, *, by: User, expected_version: int) -> None:
    """Also how a trial is closed: with the day. It stays on the list."""
    require(by, "reference.edit")
    _check(values, trial)
    given = {name: values[name] for name in FIELDS}
    changed = [name for name in FIELDS if given[name] != getattr(trial, name)]
    compare_and_set(trial, expected=expected_version, changed_by=by, **given)
    audit.record(
        "reference.trial_edited",
        by=by,
        subject=trial,
        label=str(trial)[:160],
        data={"fields": changed} | told_of(trial),
    )


@transactional
def set_register(modality: Modality, *, by: User, register_url: str) -> None:
    """The address of the trial register, in place of the link that the source document has lost."""
    require(by, "reference.edit")
    Modality.objects.filter(pk=modality.pk).update(register_url=register_url)
    data = {"old": modality.register_url, "new": register_url}
    audit.record("reference.register_set", by=by, subject=modality, label=modality.slug, data=data)


def _check(values: Values, trial: Trial | None = None) -> None:
    opened, closed = values["opened_on"], values["closed_on"]
    if isinstance(opened, date) and isinstance(closed, date) and closed < opened:
        raise ValidationError({"closed_on": "A trial cannot close before it opens."})
    if isinstance(opened, date) and (trial is None or trial.opened_on != opened):
        ask(unlikely_days.recorded({"opened_on": opened}, today=centre_today()))
    same = Trial.objects.filter(register_id=values["register_id"]).first()
    if same is not None and same != trial:
        raise ValidationError({"register_id": "This trial is on the list already."})
