"""Querysets that are compiled once and asked many times.

Django builds the SQL of a queryset anew each time, which costs several times what the database takes to answer a look
into an index. The few questions that every ranking asks are therefore compiled once for each connection, with
placeholders for their values. What they return are ordinary model instances.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

Row = TypeVar("Row", bound=Model)
Value = int | float | str | datetime
# What no database keeps in an integer column is in none of its rows.
SMALLEST, LARGEST = -(2**63), 2**63 - 1


class Prepared(Generic[Row]):
    """A queryset with named values.

        by_slug = Prepared(lambda slug: Project.objects.filter(slug=slug), slug=str)
        project = by_slug.first(slug="demo")

    `build` makes the queryset from stand-ins, so nothing in it may depend on what a value is; each value has to reach
    the database as a parameter. Related objects (`select_related`), annotations and row locks work; prefetching does
    not.
    """

    def __init__(self, build: Callable[..., QuerySet[Row]], **types: type[Value]) -> None:
        self._build = build
        self._stand_ins = {name: _stand_in(kind, place) for place, (name, kind) in enumerate(types.items())}

    def first(self, **values: Value) -> Row | None:
        """The first row; the queryset should want no more than one."""
        return next(self._ask(values), None)

    def all(self, **values: Value) -> list[Row]:
        return list(self._ask(values))

    def _ask(self, values: dict[str, Value]) -> Iterator[Row]:
        if any(isinstance(value, int) and not SMALLEST <= value <= LARGEST for value in values.values()):
            return iter(())
        compiler, sql, slots = self._compile()
        bound = [
            _adapted(values[slot.name], compiler.connection) if isinstance(slot, _Slot) else slot for slot in slots
        ]
        compiler.as_sql = lambda *_args, **_options: (sql, tuple(bound))
        query = SimpleNamespace(get_compiler=lambda **_options: compiler)
        asked: Any = SimpleNamespace(db=compiler.using, query=query, _known_related_objects={})
        rows: Iterable[Row] = ModelIterable(asked)
        return iter(rows)

    def _compile(self) -> tuple[Any, str, list[Any]]:
        """The compiler, its SQL, and its parameters with a slot where a value goes.

        Kept with the connection that the compiler speaks to, and gone with it.
        """
        kept: dict[Prepared[Any], Any] = vars(connections[DEFAULT_DB_ALIAS]).setdefault("prepared_querysets", {})
        if self not in kept:
            queryset = self._build(**self._stand_ins)
            compiler: Any = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
            sql, parameters = compiler.as_sql()
            names = {_adapted(value, compiler.connection): name for name, value in self._stand_ins.items()}
            slots = [_Slot(names[value]) if value in names else value for value in parameters]
            if missing := set(self._stand_ins) - {slot.name for slot in slots if isinstance(slot, _Slot)}:
                raise ValueError(f"no parameter of the query holds {', '.join(sorted(missing))}")
            kept[self] = compiler, sql, slots
        parts: tuple[Any, str, list[Any]] = kept[self]
        return parts


class _Slot:
    def __init__(self, name: str) -> None:
        self.name = name


def _stand_in(kind: type[Value], place: int) -> Value:
    """A value that no queryset holds by itself."""
    if kind is datetime:
        return datetime(9000, 1, 1, 0, 0, place, tzinfo=UTC)
    if kind is float:
        return 9000.5 + place
    return f"stand-in-{place}" if kind is str else -1_900_000_000 - place


def _adapted(value: Value, connection: Any) -> Any:
    """The value as the database's driver is given it."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
