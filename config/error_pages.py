"""Error pages of ``DEBUG`` without passwords.

Django masks settings by their names. Here also the password in any URL is masked: in settings, in the
request, in the variables of a frame and in the error's message.
"""

import re
from typing import Any

from django.http import HttpRequest
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter
from typing_extensions import override

from lib.masking import mask_passwords

_SECRET_NAMES = re.compile(
    "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|ANYMAIL|PING_URL", re.IGNORECASE
)
_DEEPEST = 6  # levels of nested containers


class PasswordFilter(SafeExceptionReporterFilter):
    """Django's filter, which also masks passwords in URLs."""

    hidden_settings = _SECRET_NAMES

    @override
    def cleanse_setting(self, key: Any, value: Any) -> Any:
        return self._masked(super().cleanse_setting(key, value))

    @override
    def get_traceback_frame_variables(self, request: HttpRequest, tb_frame: Any) -> Any:
        return [
            (name, self.cleansed_substitute if self._is_secret(name) and value else self._masked(value))
            for name, value in super().get_traceback_frame_variables(request, tb_frame)
        ]

    def _is_secret(self, name: Any) -> bool:
        return isinstance(name, str) and bool(self.hidden_settings.search(name))

    def _masked(self, value: Any, depth: int = 0) -> Any:
        if isinstance(value, str):
            return mask_passwords(value)
        if depth < _DEEPEST and type(value) is dict:
            return {
                name: self.cleansed_substitute if self._is_secret(name) else self._masked(each, depth + 1)
                for name, each in value.items()
            }
        if depth < _DEEPEST and type(value) in (list, tuple, set):
            return type(value)(self._masked(each, depth + 1) for each in value)
        return self._shown(value)

    @staticmethod
    def _shown(value: Any) -> Any:
        """``value``, or its masked ``repr`` if that contains a password, as of an exception."""
        try:
            text = repr(value)
        except Exception:  # noqa: BLE001 - the page itself says that such a value cannot be shown
            return value
        masked = mask_passwords(text)
        return value if masked == text else masked


class PasswordReporter(ExceptionReporter):
    """Django's reporter, which also masks passwords in the error's message."""

    @override
    def get_traceback_data(self) -> dict[str, Any]:
        data: dict[str, Any] = super().get_traceback_data()
        if "exception_value" in data:
            data["exception_value"] = mask_passwords(str(data["exception_value"]))
        return data
