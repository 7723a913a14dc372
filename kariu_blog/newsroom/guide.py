"""How to write for the site: the guides of docs/writing.*.md."""

from flask import render_template
from flask.typing import ResponseReturnValue

from kariu_blog.newsroom.desk import blueprint


@blueprint.get("/guide")
def guide() -> ResponseReturnValue:
    return render_template("newsroom/guide/guide.html")
