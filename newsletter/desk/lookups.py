"""What an address of a list at the desk may filter by: what its filters offer, and nothing else.

Django's admin lets whoever may see a list filter it by ANY field of the model, shown or not: letter by
letter, ``?email__startswith=a`` tells an address that is masked on the page. So each list has its allow-list.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import DateFieldListFilter, SimpleListFilter
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.utils import get_fields_from_path
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from typing_extensions import override

_OF_DAYS = ("gte", "lt", "lte", "gt")
_OF_A_HIERARCHY = ("year", "month", "day", "gte", "lt")


class DeclaredLookups(ModelAdmin):  # type: ignore[type-arg] # generic for the checker only
    """Filters by what ``list_filter`` and ``date_hierarchy`` name. The site puts it before every list."""

    @override
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in set(self._declared(request))

    def _declared(self, request: Any) -> Iterator[str]:
        if self.date_hierarchy:
            yield from (f"{self.date_hierarchy}{LOOKUP_SEP}{part}" for part in _OF_A_HIERARCHY)
        for each in self.get_list_filter(request):
            if isinstance(each, type) and issubclass(each, SimpleListFilter):
                yield str(each.parameter_name)
            elif isinstance(each, (tuple, list)):
                yield from self._of_field(str(each[0]), each[1])
            else:
                yield from self._of_field(str(each), None)

    def _of_field(self, name: str, kind: Any) -> Iterator[str]:
        field: Any = get_fields_from_path(self.model, name)[-1]
        yield from (name, f"{name}__exact", f"{name}__isnull")
        if field.is_relation:
            key = field.related_model._meta.pk.name
            yield from (f"{name}__{key}__exact", f"{name}__{key}")
        date_like = field.get_internal_type() in ("DateField", "DateTimeField")
        if date_like or (isinstance(kind, type) and issubclass(kind, DateFieldListFilter)):
            yield from (f"{name}{LOOKUP_SEP}{part}" for part in _OF_DAYS)


def with_declared_lookups(admin_class: type[Any]) -> type[Any]:
    """``admin_class``, which may be another app's, with an allow-list of lookups."""
    if issubclass(admin_class, DeclaredLookups):
        return admin_class
    return type(admin_class.__name__, (DeclaredLookups, admin_class), {"__module__": admin_class.__module__})
