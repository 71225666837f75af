from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from accounts.views.errors import csrf_failed, server_error


def test_a_refusal_says_who_could_help(client, ana):
    client.force_login(ana)
    response = client.get("/administration/people/")
    assert response.status_code == 403
    assert "Your account may not manage people and boards. Ask an administrator." in response.content.decode()


def test_a_missing_page_says_nothing_of_any_record(client, ana, other_board):
    client.force_login(ana)
    response = client.get(f"/boards/{other_board.pk}/settings/")
    assert response.status_code == 404
    assert other_board.name not in response.content.decode()


def test_a_failure_is_shown_without_a_database():
    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()


def test_a_failure_is_shown_without_collected_style_sheets(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()


def test_a_stale_form_is_explained(rf):
    request = rf.post("/")
    request.user = AnonymousUser()
    assert "This form is out of date" in csrf_failed(request).content.decode()
