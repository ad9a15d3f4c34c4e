"""What is stored, and what can be asked of it. Knows neither ingest nor dashboard."""
