"""What was learned of a model is known to every process and machine, because it lies in the database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.llm.capabilities import Capabilities
from newsletter.llm.capability_store import KEPT, load_capabilities, store_changes
from newsletter.llm.client import LanguageModel
from newsletter.llm.endpoint import model_named
from newsletter.llm.questions import ChatMessage, ModelRequest
from newsletter.models import KnownModel
from tests.model_server import ModelServer, Said

pytestmark = pytest.mark.django_db

HERE = ("http://a/", "x")
ASK = ModelRequest(
    (ChatMessage("user", "Hello"),),
    schema={"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]},
)


def present(model: LanguageModel | None) -> LanguageModel:
    assert model is not None, "an endpoint is set"
    return model


def test_what_was_found_out_is_known_to_the_next_process(settings):
    def refuse_schemas(request):
        if (request.get("response_format") or {}).get("type") == "json_schema":
            return Said(status=400, body=b'{"error": {"message": "response_format is not supported"}}')
        return "{}"

    with ModelServer(refuse_schemas) as server:
        settings.OPENAI_BASE_URL = server.url
        with present(model_named("x")) as model:
            model.complete(ASK)
        tries = len(server.requests)
        with present(model_named("x")) as model:
            assert model.is_known
            model.complete(ASK)
        assert (tries, len(server.requests)) == (2, 3)


def test_two_processes_that_learn_keep_what_each_other_learned():
    one, other = load_capabilities(), load_capabilities()
    one.learn(HERE, Capabilities(form="tool"))
    other.learn(("http://b/", "y"), Capabilities(form="json", context=4096))
    assert (store_changes(one), store_changes(other), store_changes(other)) == (1, 1, 0)
    known = load_capabilities().known
    assert {key: (found.form, found.context) for key, found in known.items()} == {
        HERE: ("tool", 0),
        ("http://b/", "y"): ("json", 4096),
    }


@pytest.mark.parametrize(
    "kept",
    [{}, [], "schema", {"form": "schema"}, Capabilities().to_json() | {"form": "magic"}]
    + [Capabilities().to_json() | {"context": wrong} for wrong in (-1, "4096", True, 10**9)],
)
def test_what_this_version_would_not_keep_is_forgotten(kept):
    KnownModel.objects.create(endpoint="http://a/", model="x", abilities=kept, learned_at=timezone.now())
    memory = load_capabilities()
    assert memory.known == {}
    memory.learn(HERE, Capabilities())
    store_changes(memory)
    assert load_capabilities().known == {HERE: Capabilities(proven=True)}


def test_an_endpoint_is_met_anew_after_a_month():
    memory = load_capabilities()
    memory.learn(HERE, Capabilities(form="plain"))
    store_changes(memory)
    KnownModel.objects.update(learned_at=timezone.now() - KEPT + timedelta(hours=1))
    assert HERE in load_capabilities().known
    KnownModel.objects.update(learned_at=timezone.now() - KEPT)
    assert load_capabilities().known == {}
