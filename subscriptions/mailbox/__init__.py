"""The mailbox to which mails come back: opened, read mail by mail, each put where it belongs."""
