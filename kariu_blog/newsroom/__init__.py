"""The newsroom: what staff do.  A module for each resource adds its routes to the blueprint."""

from kariu_blog.newsroom import (
    desk,
    drafts,
    menu,
    merging,
    pictures,
    posts,
    previews,
    publication,
    revisions,
    site,
    steps,
)

RESOURCES = (posts, publication, drafts, revisions, previews, pictures, site, menu, merging, steps)

blueprint = desk.blueprint
shared_previews = previews.shared
