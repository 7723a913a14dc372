"""The newsroom: what staff do.  A module for each resource adds its routes to the blueprint."""

from kariu_blog.newsroom import (
    account,
    account_links,
    acts,
    desk,
    drafts,
    people,
    pictures,
    posts,
    previews,
    publication,
    revisions,
)

RESOURCES = (posts, publication, drafts, revisions, previews, pictures, people, acts, account)

blueprint = desk.blueprint
shared_previews = previews.shared
account_links_blueprint = account_links.strangers
