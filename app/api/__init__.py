"""The JSON API: what a person can do on the pages, for programs (docs/api.md).

An endpoint reads a type, calls the same use case as the page and answers a type; `endpoints.py` does the rest alike for
all of them, and the document at /api/v1/openapi.json is made of the same types.
"""
