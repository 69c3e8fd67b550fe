"""The record page: a subject, a protocol, and everything they give on disk."""
