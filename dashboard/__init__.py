"""Filters in, charts out; writes nothing. Knows data, never ingest."""
