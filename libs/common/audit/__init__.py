"""The record of who read or did what with personal data and who signed in, sealed into a chain (ADR 13)."""
