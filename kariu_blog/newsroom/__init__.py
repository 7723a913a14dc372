"""The newsroom: what staff do.  A module for each resource adds its routes to the blueprint."""

from kariu_blog.newsroom import (
    desk,
    drafts,
    guide,
    pictures,
    posts,
    previews,
    publication,
    reports,
    revisions,
    selection,
    structure,
    trash,
)

RESOURCES = (posts, publication, drafts, revisions, previews, pictures, structure, trash, selection, reports, guide)

blueprint = desk.blueprint
shared_previews = previews.shared
