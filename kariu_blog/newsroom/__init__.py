"""The newsroom: what staff do.  A module for each resource adds its routes to the blueprint."""

from kariu_blog.newsroom import desk, drafts, files, pictures, posts, previews, publication, revisions

RESOURCES = (posts, publication, drafts, revisions, previews, pictures, files)

blueprint = desk.blueprint
shared_previews = previews.shared
