"""Texts, files and addresses of an older site."""
