"""Hugging Face's daily papers: ``/api/daily_papers?date=YYYY-MM-DD&p=0&limit=50``."""

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

Rows = Sequence[Mapping[str, Any]]
PAGE = 50
MAX_PAGE = 100
_GZIP = b"\x1f\x8b"


class DailyPapers:
    """The daily lists by day: rows in the API's shape, or a recorded body (JSON, may be gzipped), passed
    through.

    A thumbnail or film whose address begins with "/" is answered under the server's own address.
    """

    def __init__(self, days: Mapping[date, Rows | bytes]) -> None:
        self.days = days

    def answer(self, parameters: Mapping[str, str], *, base: str) -> tuple[int, bytes]:
        """HTTP status and JSON body. Without a date the newest day; a day that was not recorded is an empty
        list.
        """
        try:
            day = (
                date.fromisoformat(parameters["date"])
                if "date" in parameters
                else max(self.days, default=None)
            )
            page, limit = int(parameters.get("p", "0")), int(parameters.get("limit", f"{PAGE}"))
        except ValueError as problem:
            return 400, json.dumps({"error": f"Invalid query: {problem}"}).encode()
        if page < 0 or not 1 <= limit <= MAX_PAGE:
            return 400, json.dumps({"error": "Invalid query: p or limit is out of range"}).encode()
        recorded = self.days.get(day, []) if day else []
        if isinstance(recorded, bytes) and recorded.startswith(_GZIP):
            recorded = gzip.decompress(recorded)
        paged = "p" in parameters or "limit" in parameters
        if isinstance(recorded, bytes) and not paged:
            return 200, recorded
        rows = json.loads(recorded) if isinstance(recorded, bytes) else recorded
        if paged and isinstance(rows, Sequence):
            rows = rows[page * limit : (page + 1) * limit]
        return 200, json.dumps([_at(base, row) for row in rows], ensure_ascii=False).encode()


def _at(base: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    thumbnail = row.get("thumbnail")
    if not isinstance(thumbnail, str) or not thumbnail.startswith("/"):
        return row
    return {**row, "thumbnail": base + thumbnail}
