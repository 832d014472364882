"""The acceptance run: deploys into a real account what the end-to-end tests deploy locally, cheapest step first.

Each step settles assumptions of docs/assumptions.md. Its guide is docs/guides/acceptance.md.
"""
