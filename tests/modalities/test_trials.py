import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from common.errors import Conflict
from modalities.models import Trial
from modalities.services.trials import add_trial, edit_trial

TRIAL = {
    "name": "A trial of PRRT", "register_id": "NCT00000000", "link": "https://example.org/t", "opened_on": "2026-01-01",
    "closed_on": None, "criteria": "G1 or G2, progressive", "contact": "Trials office",
}  # fmt: skip


def read(client, user):
    client.force_login(user)
    return client.get(reverse("modalities:page", args=["clinical-trials"])).content.decode()


def test_an_editor_lists_a_trial_and_everybody_reads_it(client, pages, edda, nina):
    client.force_login(edda)
    sent = {name: value or "" for name, value in TRIAL.items()}
    assert client.post(reverse("modalities:trial_new"), sent).status_code == 302
    text = read(client, nina)
    assert "A trial of PRRT" in text
    assert "Add a trial" not in text


def test_a_reader_may_not_list_one(pages, nina):
    with pytest.raises(PermissionDenied):
        add_trial(TRIAL, by=nina)


def test_closing_is_a_day_and_the_trial_stays(client, pages, edda):
    trial = add_trial(TRIAL, by=edda)
    client.force_login(edda)
    sent = {name: value or "" for name, value in TRIAL.items()} | {"closed_on": "2026-06-01", "version": 1}
    assert client.post(reverse("modalities:trial", args=[trial.pk]), sent).status_code == 302
    trial.refresh_from_db()
    assert (str(trial.closed_on), trial.version) == ("2026-06-01", 2)
    assert "1 Jun 2026" in read(client, edda)


def test_a_stale_form_changes_nothing(pages, edda):
    trial = add_trial(TRIAL, by=edda)
    edit_trial(trial, TRIAL | {"contact": "Ward 3"}, by=edda, expected_version=1)
    with pytest.raises(Conflict):
        edit_trial(trial, TRIAL | {"contact": "Ward 4"}, by=edda, expected_version=1)
    assert Trial.objects.get().contact == "Ward 3"


def test_a_trial_is_listed_once(pages, edda):
    add_trial(TRIAL, by=edda)
    with pytest.raises(ValidationError, match="already"):
        add_trial(TRIAL, by=edda)


def test_the_address_of_the_register_is_set_on_the_page(client, pages, edda, nina):
    client.force_login(edda)
    client.post(reverse("modalities:register"), {"register_url": "https://register.example/"})
    assert 'href="https://register.example/"' in read(client, nina)
