"""What the public may see, as rows and plain records: pages, feeds, the API and channels read it here."""
