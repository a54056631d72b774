"""Mails that ask to leave, in every language: a TOML file each."""

from subscriptions.mailbox.leaving.wishes import asks_to_leave, is_automatic, says_more, tokens

__all__ = ["asks_to_leave", "is_automatic", "says_more", "tokens"]
