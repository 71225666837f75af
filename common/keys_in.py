"""`filter(pk__in=keys)` as one parameter on PostgreSQL: an array.

Of single parameters a statement takes 65,535 at most, and each length of a list is another statement, which the database plans
and keeps by itself. SQLite has neither of the two, and gets what Django writes.
"""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler

ARRAY = "(%s::bigint[])"


class _AsArray(In):
    def process_rhs(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        rhs, params = super().process_rhs(compiler, connection)
        is_list = connection.vendor == "postgresql" and self.rhs_is_direct_value()
        # Of a single board, PostgreSQL reads an index in its order; of an array of one it sorts all rows instead.
        several = is_list and len(params) > 1 and rhs.count("%s") == len(params)
        if several and all(type(one) is int for one in params):
            return ARRAY, [list(params)]
        return rhs, params

    def get_rhs_op(self, connection: BaseDatabaseWrapper, rhs: str) -> str:
        return f"= ANY {rhs}" if rhs == ARRAY else super().get_rhs_op(connection, rhs)


class KeyIn(_AsArray):
    pass


class RelatedKeyIn(RelatedIn, _AsArray):
    pass


def install() -> None:
    """For every key and every relation of every model."""
    for key in (models.AutoField, models.BigAutoField):
        key.register_lookup(KeyIn)
    for relation in (models.ForeignKey, models.OneToOneField):
        relation.register_lookup(RelatedKeyIn)
