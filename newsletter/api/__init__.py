"""The public archive as JSON: read only, described by an OpenAPI 3.1 document, limited in rate."""
