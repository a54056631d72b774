"""Posts of a day to chats and webhooks: each once, in a row of its own."""
