"""Envelope encryption of personal data in columns, its blind index, and the inventory of such columns."""
