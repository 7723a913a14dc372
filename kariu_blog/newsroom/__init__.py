"""The newsroom: what staff do.  A module for each resource adds its routes to the blueprint."""

from kariu_blog.newsroom import (
    account,
    account_links,
    acts,
    desk,
    drafts,
    files,
    guide,
    menu,
    merging,
    old_site,
    people,
    pictures,
    posts,
    previews,
    publication,
    reports,
    revisions,
    selection,
    site,
    steps,
    structure,
    trash,
)

RESOURCES = (
    *(posts, publication, drafts, revisions, previews, structure, selection, trash),
    *(pictures, files, site, menu, merging, old_site, steps, people, acts, account, reports, guide),
)

blueprint = desk.blueprint
shared_previews = previews.shared
account_links_blueprint = account_links.strangers
