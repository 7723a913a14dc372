"""Queries for readers.  Every page, feed and sitemap begins here, so no draft can be shown.

Statements are built once and executed with parameters, because building one takes ten times as long as executing it.
"""
