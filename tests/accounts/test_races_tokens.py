"""Two at once on what programs sign in with."""

from knox.models import AuthToken

from accounts.models import AuditEvent, Limit, System, SystemSecret, User
from accounts.services.api_tokens import end_token, issue_token, open_token, tokens_of
from accounts.services.passwords import change_password
from accounts.services.system_access import prove_system
from accounts.services.system_secrets import make_secret
from accounts.services.systems import suspend_system
from tests.accounts.systems import with_secret

PHRASE = "a quite different phrase"


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_a_token_is_made_while_the_password_changes(track, ana):
    """Whoever has the old password gets no token that outlives it."""
    before = fresh(ana).password

    def make():
        issue_token(fresh(ana), name="Registry")

    def change():
        change_password(fresh(ana), PHRASE, by=ana)

    for met in track.rounds(make, change):
        assert met.is_clean, met
        made = AuditEvent.objects.filter(action="token_issued").order_by("-pk").first()
        changed = AuditEvent.objects.filter(action="password_changed").order_by("-pk").first()
        later = made is not None and changed is not None and made.pk > changed.pk
        assert AuthToken.objects.filter(user=ana).count() == (1 if later or changed is None else 0), met
        AuthToken.objects.all().delete()
        User.objects.filter(pk=ana.pk).update(password=before)


def test_a_token_is_revoked_while_a_call_comes_with_it(track, ana):
    text = {}

    def again():
        AuthToken.objects.all().delete()
        text["of"] = issue_token(fresh(ana), name="Registry")[1]

    again()

    def use():
        open_token(text["of"], address="192.0.2.1")

    def revoke():
        end_token(tokens_of(ana).get(), by=ana)

    for met in track.rounds(use, revoke):
        assert met.is_clean and all(met.won), met
        assert not AuthToken.objects.exists()
        assert open_token(text["of"], address="192.0.2.1") is None
        again()


def test_two_administrators_change_a_secret_at_once(track, admin):
    system, _ = with_secret(admin)
    [first] = system.secrets.all()

    def rotate():
        make_secret(System.objects.get(pk=system.pk), by=admin)

    for met in track.rounds(rotate, rotate):
        assert met.is_clean and sum(met.won) == 1, met
        assert system.secrets.good().count() == 2
        system.secrets.exclude(pk=first.pk).delete()
        SystemSecret.objects.filter(pk=first.pk).update(expires_at=first.expires_at)


def test_a_system_signs_in_while_it_is_suspended(track, admin):
    """Whatever token it may get, it opens nothing."""
    system, secret = with_secret(admin)

    def sign_in():
        prove_system(system.client_id, secret, address="192.0.2.1")

    def suspend():
        suspend_system(System.objects.get(pk=system.pk), by=admin)

    for met in track.rounds(sign_in, suspend):
        assert met.is_clean and met.won[1], met
        assert System.objects.get(pk=system.pk).suspended_at is not None
        assert prove_system(system.client_id, secret, address="192.0.2.2") is None
        System.objects.update(suspended_at=None, last_used_at=None)
        Limit.objects.all().delete()
