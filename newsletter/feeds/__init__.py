"""A day or a topic as Atom, RSS, JSON Feed, OPML and Markdown."""
