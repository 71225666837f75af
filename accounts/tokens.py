"""Links that let a person set a password: good once, for three days, and only while the account may sign in."""

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


reset_tokens = ResetTokens()
invitation_tokens = InvitationTokens()
