"""Conditions that Django has not."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import F, Lookup


class AnyOf(Lookup[Any]):
    """`filter(AnyOf("pk", ids))`: as `pk__in`, with all ids in one parameter; of hundreds, Django compiles each."""

    lookup_name = "any_of"
    prepare_rhs = False

    def __init__(self, field: str, ids: Iterable[int]) -> None:
        super().__init__(F(field), list(ids))

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*parameters, self.rhs]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", [*parameters, json.dumps(self.rhs)]  # noqa: S608
