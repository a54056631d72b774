"""The OpenAPI 3.1 document of the API: what programs are made from, and the page for people too."""

from functools import cache
from typing import Any, Final

from django.conf import settings

from newsletter.api import shapes
from newsletter.api.endpoints import api
from newsletter.api.problems import MEDIA_TYPE

_FAULTS: Final = {
    "400": "A parameter cannot be used; `detail` says which and why.",
    "404": "There is no such thing, or it is not public.",
    "429": "Too many requests from this network; `Retry-After` says when to come back.",
    "503": "This took too long, or the database is away; `Retry-After` says when to come back.",
}


@cache
def document() -> dict[str, Any]:
    """The document as the objects of its JSON. It is the same for the life of a process."""
    made = dict(api.get_openapi_schema(path_prefix="api/"))
    made["servers"] = [{"url": settings.SITE_URL}]
    made["info"]["title"] = settings.SITE_NAME
    made["components"]["schemas"]["Problem"] = shapes.Problem.model_json_schema()
    made["components"]["responses"] = {
        status: {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, description in _FAULTS.items()
    }
    for operations in made["paths"].values():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                parameter.pop("examples", None)  # a list, as JSON Schema has it: the schema has it, too
            for status in _FAULTS:
                operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}
    return made


def parameters_of(path: str) -> frozenset[str]:
    """The names in the query string that ``path``, as the document writes it, takes; "name*" may be there
    more than once."""
    parameters = document()["paths"][path]["get"]["parameters"]
    return frozenset(
        f"{each['name']}*" if each["schema"].get("type") == "array" else each["name"]
        for each in parameters
        if each["in"] == "query"
    )
