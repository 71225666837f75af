import pytest
from django.core.mail import send_mail

from accounts.models import Mail


@pytest.fixture
def demo(settings, db):
    settings.DEMO = True
    settings.EMAIL_BACKEND = "accounts.mailbox.MailboxBackend"
    send_mail("Hello", "Open http://localhost:8000/welcome/ <b>now</b>", None, ["zoe@northgate.example"])
    return settings


def test_the_demo_shows_its_mail_to_everybody(client, demo):
    assert "Hello" in client.get("/mailbox/").content.decode()


def test_links_in_a_mail_can_be_followed_and_markup_is_shown_as_text(client, demo):
    page = client.get(f"/mailbox/{Mail.objects.get().pk}/").content.decode()
    assert 'href="http://localhost:8000/welcome/"' in page
    assert "&lt;b&gt;now" in page


@pytest.mark.parametrize("path", ["/mailbox/", "/mailbox/1/"])
def test_there_is_no_mailbox_outside_the_demo(client, demo, path):
    demo.DEMO = False
    assert client.get(path).status_code == 404


def test_the_list_takes_the_same_queries_for_2_rows_and_12(client, demo, django_assert_max_num_queries):
    counts = []
    for number in range(11):
        send_mail(f"Mail {number}", "Text", None, ["zoe@northgate.example"])
        if number in (0, 10):
            with django_assert_max_num_queries(10) as captured:
                client.get("/mailbox/")
            counts.append(len(captured))
    assert counts[0] == counts[1]
