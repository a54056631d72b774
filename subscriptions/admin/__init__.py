"""The desk of the people: readers (masked), the ledger of deliveries, previews, and the first page."""

from subscriptions.admin import deliveries, records, set_asides, subscribers

__all__ = ["deliveries", "records", "set_asides", "subscribers"]
