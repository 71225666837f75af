"""Links that are mailed: good once, for three days, and only while the account may sign in with the address it had then."""

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from accounts.models import User


class ResetTokens(PasswordResetTokenGenerator):
    """Ends with the next sign-in or password, as Django's does, and when the account is deactivated."""

    key_salt = "accounts.tokens.ResetTokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}"


class InvitationTokens(ResetTokens):
    """Ends also when the invitation is sent again, so that only the newest mail works."""

    key_salt = "accounts.tokens.InvitationTokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.invited_at}{user.joined_at}"


class EmailTokens(PasswordResetTokenGenerator):
    """Ends when another address is asked for or none, with a new password, and when the account is deactivated. Not with a
    sign-in: whoever opens it has to sign in."""

    key_salt = "accounts.tokens.EmailTokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        asked = f"{user.new_email}\0{user.new_email_at and user.new_email_at.isoformat()}"
        return f"{user.pk}\0{user.password}\0{user.email}\0{asked}\0{user.is_active}\0{timestamp}"


reset_tokens = ResetTokens()
invitation_tokens = InvitationTokens()
email_tokens = EmailTokens()
