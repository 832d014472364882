"""JSONL files, read and checked at synthesis."""
