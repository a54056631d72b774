"""Language models: one client for any OpenAI-compatible endpoint, what it can do, and what it may cost."""
