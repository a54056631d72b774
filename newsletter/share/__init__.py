"""Pictures of papers, topics and days, as services show them where somebody shares a page."""
