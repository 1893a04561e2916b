"""Decisions by people: who approved which content, recorded once and never changed."""
