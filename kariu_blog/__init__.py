"""KarIU Blog: the rector's blog and the news of Karaganda Industrial University in its languages."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from kariu_blog import (
    admission,
    audience,
    cache,
    catalogues,
    cli,
    config,
    errors,
    old_site,
    outage,
    routing,
    security,
    templating,
)
from kariu_blog.accounts import signin
from kariu_blog.database import db, migrate
from kariu_blog.feeds.views import blueprint as feeds
from kariu_blog.feeds.views import push_of
from kariu_blog.feeds.views import whole_site as all_feeds
from kariu_blog.low_vision.views import blueprint as low_vision
from kariu_blog.media.views import blueprint as media
from kariu_blog.newsroom import account_links_blueprint as account_links
from kariu_blog.newsroom import blueprint as newsroom
from kariu_blog.newsroom import shared_previews
from kariu_blog.operations import log
from kariu_blog.operations.health import blueprint as health
from kariu_blog.operations.languages import insist_on_languages
from kariu_blog.operations.restore import finish_interrupted
from kariu_blog.posts.files import blueprint as files
from kariu_blog.posts.site import blueprint as site
from kariu_blog.posts.views import blueprint as posts
from kariu_blog.search.index import is_described
from kariu_blog.search.views import blueprint as search


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Return the application, ready to serve.  Raises ConfigurationError."""
    overrides = overrides or {}
    instance = config.instance_path(overrides)
    finish_interrupted(instance)
    app = Flask(__name__, instance_path=str(instance), template_folder=str(config.ROOT / "templates"))
    config.load(app.config, instance, overrides)
    insist_on_languages()
    catalogues.compile_all()
    db.init_app(app)
    outage.init_app(app)
    migrate.init_app(app, db, directory=f"{app.root_path}/migrations", include_object=is_described)
    routing.init_app(app)
    templating.init_app(app)
    security.init_app(app)  # before the sign-in, whose token check would read the form first
    signin.init_app(app)
    errors.init_app(app)
    old_site.init_app(app)
    admission.init_app(app, errors.show_error)
    audience.init_app(app)
    cache.init_app(app, app.extensions["counters"].count)
    log.init_app(app)
    app.extensions["push"] = push_of(app)
    readers = (health, site, posts, media, files, search, feeds, all_feeds, low_vision)
    for blueprint in (*readers, newsroom, account_links, shared_previews):
        app.register_blueprint(blueprint)
    cli.init_app(app)
    return app
