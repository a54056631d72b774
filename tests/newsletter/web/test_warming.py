from django.conf import settings
from django.urls import clear_url_caches, get_resolver

from newsletter.web.warming import warm_up


def test_the_tables_of_addresses_are_there_in_every_language_before_a_reader_comes():
    clear_url_caches()
    assert not get_resolver()._reverse_dict
    warm_up()
    assert set(get_resolver()._reverse_dict) == {code.lower() for code, _name in settings.LANGUAGES}
