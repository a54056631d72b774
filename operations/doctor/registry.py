"""All checks by name, in the order in which they are read."""

from collections.abc import Callable
from functools import partial

from operations.doctor import deliverability, keeping, machine, mail, sources, stores, web, workers
from operations.doctor.examination import Check
from operations.doctor.resolver import Lookup, Resolver
from operations.findings import Finding


def all_checks(*, nameserver: str = "", to: str = "") -> list[Check]:
    """Every check; with ``to`` a test mail goes there. ``nameserver`` is asked in place of the system's."""
    resolver = partial(Resolver, nameserver)
    checks = [
        Check("database", stores.database),
        Check("migrations", stores.migrations),
        Check("broker", stores.broker),
        Check("beat", workers.beat),
        Check("queues", workers.queues),
        Check("watch", workers.watch),
        Check("shared-folder", stores.shared_folder),
        Check("disk", machine.disk),
        Check("clock", machine.clock),
        Check("zones", machine.zones),
        Check("backups", keeping.backups),
        Check("wishes", keeping.wishes),
        Check("arxiv", sources.arxiv),
        Check("huggingface", sources.huggingface),
        Check("model", sources.model),
        Check("smtp", mail.smtp),
        Check("one-click", mail.one_click),
        Check("bounces", web.bounces),
        Check("webhooks", web.webhooks),
        *(Check(name, _with(look, resolver)) for name, look in _DNS.items()),
        Check("certificate", web.certificate),
        Check("site", web.site),
        Check("proxy", web.proxy),
    ]
    return [*checks, Check("test-mail", partial(mail.trial_mail, to))] if to else checks


_DNS: dict[str, Callable[[Lookup], Finding | list[Finding]]] = {
    "spf": deliverability.spf,
    "dkim": deliverability.dkim,
    "dmarc": deliverability.dmarc,
    "alignment": deliverability.alignment,
    "ptr": deliverability.ptr,
    "mx": deliverability.mx,
}


def _with(
    look: Callable[[Lookup], Finding | list[Finding]], resolver: Callable[[], Lookup]
) -> Callable[[], Finding | list[Finding]]:
    return lambda: look(resolver())
