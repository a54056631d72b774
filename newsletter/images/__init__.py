"""Pictures and figures of papers: which may be shown again, and how they become small, plain and harmless."""
