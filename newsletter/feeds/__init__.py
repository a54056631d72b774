"""The archive for machines: feeds in three formats, lists of them, Markdown and static copies."""
