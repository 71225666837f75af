from rest_framework import serializers

from accounts.models import User


class PersonSerializer(serializers.ModelSerializer):
    """A colleague, never a patient."""

    class Meta:
        model = User
        fields = ("id", "name")
        read_only_fields = fields
