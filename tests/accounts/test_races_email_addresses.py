"""Two who change, confirm or correct an address at once, or set a password by a link from the old one meanwhile."""

from accounts.models import Limit, User
from accounts.services.email_addresses import ask_for_address, confirm_address, correct_address
from accounts.services.passwords import accept_invitation, set_forgotten_password
from accounts.services.people import invite_person
from accounts.tokens import email_tokens

NEW = "ana.weber@southbank.example"
WRONG, RIGHT = "zo@northgate.example", "zoe@northgate.example"
PHRASE = "a quite different phrase"
CHANGED = ("email", "new_email", "new_email_at", "password", "joined_at", "invited_at")


def fresh(user):
    return User.objects.get(pk=user.pk)


def waiting(user, email):
    ask_for_address(fresh(user), email, by=user)
    return email_tokens.make_token(fresh(user))


def confirming(user, token):
    def confirm():
        person = fresh(user)
        confirm_address(person, token, by=person)

    return confirm


def rounds(track, *calls):
    """With everybody's account as it was after each: of the accounts nothing is put back by itself."""
    before = list(User.objects.values("pk", *CHANGED))
    for met in track.rounds(*calls):
        yield met
        for row in before:
            User.objects.filter(pk=row["pk"]).update(**{name: row[name] for name in CHANGED})
        Limit.objects.all().delete()


def test_two_who_confirm_the_same_address_at_once(track, ana, omar):
    calls = confirming(ana, waiting(ana, NEW)), confirming(omar, waiting(omar, NEW))
    for met in rounds(track, *calls):
        assert met.is_clean and sum(met.won) == 1, met
        assert User.objects.filter(email=NEW).count() == 1


def test_a_link_is_used_twice_at_once(track, ana):
    token = waiting(ana, NEW)
    for met in rounds(track, confirming(ana, token), confirming(ana, token)):
        assert met.is_clean and sum(met.won) == 1, met
        assert fresh(ana).email == NEW


def test_an_address_is_confirmed_while_another_one_is_asked_for(track, ana):
    token = waiting(ana, NEW)
    old = fresh(ana).email

    def ask():
        person = fresh(ana)
        ask_for_address(person, f"ana.{id(person)}@southbank.example", by=person)

    for met in rounds(track, confirming(ana, token), ask):
        assert met.is_clean and any(met.won), met
        assert (fresh(ana).email == NEW) == met.won[0]
        assert (fresh(ana).email, bool(fresh(ana).new_email)) in {(NEW, met.won[1]), (old, True)}


def test_it_is_confirmed_while_a_password_is_set_by_a_link_from_the_old_address(track, ana):
    token = waiting(ana, NEW)
    for met in rounds(track, confirming(ana, token), lambda: set_forgotten_password(fresh(ana), PHRASE)):
        assert met.is_clean and any(met.won), met
        assert (fresh(ana).email == NEW) == met.won[0]
        assert fresh(ana).check_password(PHRASE) == met.won[1]


def test_an_invitation_is_corrected_while_it_is_accepted(track, admin, board):
    zoe = invite_person(by=admin, email=WRONG, name="Zoe", flags={})
    seen = fresh(zoe)

    def correct():
        correct_address(fresh(zoe), RIGHT, seen=WRONG, by=admin)

    for met in rounds(track, correct, lambda: accept_invitation(seen, PHRASE)):
        assert met.is_clean and sum(met.won) == 1, met
        assert (fresh(zoe).email == RIGHT) == met.won[0]
        assert bool(fresh(zoe).joined_at) == met.won[1]
