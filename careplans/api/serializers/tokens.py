from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import ApiToken
from accounts.scopes import CHOICES, SCOPES
from accounts.services.api_tokens import DAYS, LONGEST_DAYS, NAME_LENGTH
from careplans.api.fields import LARGEST_ID, WholeNumber


class SignIn(serializers.Serializer):
    """E-mail address and password; and, where the token shall reach less than its person, how far."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    name = serializers.CharField(
        max_length=NAME_LENGTH, required=False, help_text="What it is for. Left out: “Signed in with password”."
    )
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=CHOICES), required=False, min_length=1,
        max_length=len(CHOICES), help_text="What it opens. Left out: all that its person may.",
    )  # fmt: skip
    boards = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=LARGEST_ID), required=False, min_length=1, max_length=200,
        help_text="Ids of the boards on which. Left out: all of its person's, later ones too.",
    )  # fmt: skip
    days = WholeNumber(
        required=False, min_value=1, max_value=LONGEST_DAYS, help_text=f"How many days it lasts. Left out: {DAYS} days."
    )


class TokenSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Shown once. Send it as `Authorization: Token …`.")
    expiry = serializers.DateTimeField(help_text="When it ends.")
    id = serializers.IntegerField(help_text="By which it is ended: DELETE `/tokens/{id}/`.")


class TokenAboutSerializer(serializers.ModelSerializer):
    """A token without its secret, which nobody can read again."""

    name = serializers.CharField(help_text="What it is for, as whoever made it wrote.")
    scopes = serializers.SerializerMethodField(help_text="What it opens.")
    has_all_scopes = serializers.BooleanField(help_text="Whether it opens all that its person may, later scopes too.")
    boards = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=LARGEST_ID), allow_null=True,
        help_text="Ids of the boards on which; null: all of its person's, later ones too.",
    )  # fmt: skip
    made_at = serializers.DateTimeField(source="token.created", help_text="When it was made.")
    expiry = serializers.DateTimeField(source="token.expiry", help_text="When it ends.")
    last_used_at = serializers.DateTimeField(
        allow_null=True, help_text="When a call last came with it, to the minute; null: never."
    )
    last_address = serializers.CharField(help_text="From which network address that call came; empty: never used.")

    class Meta:
        model = ApiToken
        fields = (
            "id", "name", "scopes", "has_all_scopes", "boards", "made_at", "expiry", "last_used_at", "last_address",
        )  # fmt: skip

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=CHOICES)))
    def get_scopes(self, said: ApiToken) -> list[str]:
        return [one for one in SCOPES if said.scopes is None or one in said.scopes]
