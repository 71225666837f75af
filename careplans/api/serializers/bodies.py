"""Bodies that several verbs share."""

from rest_framework import serializers


class Reason(serializers.Serializer):
    reason = serializers.CharField()
