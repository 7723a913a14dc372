"""The kinds of items: the form of each, what staff call it, and who may edit it."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FormField, SelectField
from wtforms.fields.choices import SelectChoice

from kariu_blog.languages import LANGUAGES
from kariu_blog.newsroom.fields import line, needed
from kariu_blog.newsroom.site_forms import (
    BodyField,
    ItemForm,
    ItemWords,
    PictureField,
    address,
    email,
    moment,
    several,
    short,
    url,
)
from kariu_blog.posts.items import SiteItem
from kariu_blog.posts.post import Post
from kariu_blog.posts.taxonomy import COLOURS, Author, Category

TIME = _l("Karaganda time. Empty: at once.")
END = _l("Karaganda time. Empty: for good.")
SLUG = _l("The last part of the address, in Latin letters. It stays as it is. Empty: made from the name.")
COLOUR_NAMES = {
    "blue": _l("Blue"),
    "teal": _l("Teal"),
    "green": _l("Green"),
    "olive": _l("Olive"),
    "orange": _l("Orange"),
    "red": _l("Red"),
    "plum": _l("Plum"),
    "violet": _l("Violet"),
}
MENU, FOOTER, BY_ADDRESS = "menu", "footer", "address"
IN_MENU, IN_FOOTER = SelectChoice(MENU, _l("In the menu")), SelectChoice(FOOTER, _l("In the footer"))


def _hidden() -> BooleanField:
    return BooleanField(_l("Hidden"), description=_l("Readers do not see it. It stays here and can be shown again."))


def _archived() -> BooleanField:
    about = _l("Not offered in menus and forms. Its page, its feed and its posts stay.")
    return BooleanField(_l("Archived"), description=about)


class QuotationWords(ItemWords):
    text = line(_l("Quotation"), 600, _l("Without quotation marks."), rows=4)
    attribution = line(_l("Who said it"), 120, rows=2)
    source = line(_l("Source"), 200, _l("Where and when, if readers should know."), rows=2)


class QuotationForm(ItemForm):
    title = "text"
    starts_at, ends_at = moment(_l("From"), TIME), moment(_l("Until"), END)
    hidden = _hidden()


class RectorWords(ItemWords):
    name = line(_l("Full name"), 120, validators=[needed], rows=2)
    position = line(_l("Position"), 200, validators=[needed], rows=2)
    teaser = line(_l("Short text for the front page"), 500, rows=3)
    hours = line(_l("Reception hours"), 200, rows=2)
    greeting = BodyField(_l("Greeting"))
    biography = BodyField(_l("Biography"))


class RectorForm(ItemForm):
    starts_at = moment(
        _l("Term of office begins"), _l("The one who began last is the rector; the others are former rectors.")
    )
    ends_at = moment(_l("Term of office ends"), _l("Only for a former rector, or if nobody follows."))
    portrait = PictureField(_l("Portrait"))
    hidden = _hidden()


class NoticeWords(ItemWords):
    text = line(_l("Notice"), 300, _l("One sentence."), rows=3)


class NoticeForm(ItemForm):
    title = "text"
    address = short(_l("Link"), _l("Where readers find more: a web address, or one here such as /en/."), address)
    starts_at, ends_at = moment(_l("From"), TIME), moment(_l("Until"), END)
    hidden = _hidden()


class PageWords(ItemWords):
    name = line(_l("Title"), 120, rows=2)
    body = BodyField(_l("Text"))


class PageItemForm(ItemForm):
    title = "name"
    slug = short(_l("Address"), SLUG, spellcheck="false", autocapitalize="none")
    place = SelectField(
        _l("Where readers find it"),
        choices=[
            SelectChoice("", _l("Nowhere yet: only staff see it")),
            SelectChoice(BY_ADDRESS, _l("By its address alone")),
            IN_MENU,
            IN_FOOTER,
        ],
    )


class LinkWords(ItemWords):
    name = line(_l("Name"), 80, validators=[needed], rows=2)


class LinkForm(ItemForm):
    address = short(_l("Address"), _l("A web address, or one here such as /en/archive/."), needed, address)
    place = SelectField(_l("Where readers find it"), choices=[IN_MENU, IN_FOOTER])
    hidden = _hidden()


class ContactsWords(ItemWords):
    site_name = line(_l("Name of the site"), 60, _l("Empty: KarIU Blog."), rows=1)
    university = line(_l("Name of the university"), 120, rows=2)
    address = line(_l("Address"), 300, rows=2)
    hours = line(_l("Office hours"), 200, rows=2)
    journalists = line(_l("For journalists"), 300, _l("Stands below each post, with telephones and e-mail."), rows=3)


class ContactsForm(ItemForm):
    telephones = several(_l("Telephones"), _l("One in each line, such as +7 7213 00 00 00."))
    email = short(_l("E-mail of the press office"), "", email)
    channels = several(_l("Channels"), _l("Web addresses in social networks, one in each line."), url)
    website = short(_l("Main site of the university"), _l("A web address."), url)


class CategoryWords(ItemWords):
    name = line(_l("Name"), 80, validators=[needed], rows=2)
    description = line(_l("Description"), 500, rows=3)


class CategoryForm(ItemForm):
    slug = short(_l("Address"), SLUG, spellcheck="false", autocapitalize="none")
    colour = SelectField(
        _l("Colour"),
        choices=[
            SelectChoice("", _l("No colour")),
            *(SelectChoice(colour, COLOUR_NAMES[colour]) for colour in COLOURS),
        ],
    )
    hidden = _archived()


class BylineWords(ItemWords):
    name = line(_l("Name of the person or office"), 120, validators=[needed], rows=2)
    position = line(_l("Position"), 200, rows=2)
    text = BodyField(_l("Text of the page"))


class BylineForm(ItemForm):
    slug = short(_l("Address"), SLUG, spellcheck="false", autocapitalize="none")
    is_person = SelectField(_l("Kind"), choices=[SelectChoice("", _l("An office")), SelectChoice("y", _l("A person"))])
    portrait = PictureField(_l("Portrait"))
    hidden = _archived()


class PlacementForm(ItemForm):
    """The pin and the end of a post."""

    pinned_until = moment(
        _l("Pinned until"),
        _l("First on the front page and in its category. Of several posts, the one pinned for longest is first."),
    )
    ends_at = moment(
        _l("Ends on"),
        _l("For an announcement. After that it leaves the front page and the lists; search and archive still find it."),
    )


@dataclass(frozen=True)
class Kind:
    """``model`` is the table of its items, ``act`` its name in the log of acts."""

    act: str
    form: type[ItemForm]
    plural: Any
    new: Any = ""
    """Words of the button that adds one; empty if there is only one, or if it is a post."""
    about: Any = ""
    title: str = "name"
    """Field of one language by which staff know an item."""
    model: Any = SiteItem
    is_for_admins: bool = False


KINDS = {
    "contacts": Kind(
        "contacts",
        ContactsForm,
        _l("Name and contacts"),
        title="university",
        is_for_admins=True,
        about=_l("They stand in the footer and below each post, and search engines read them."),
    ),
    "quotations": Kind(
        "quotation",
        QuotationForm,
        _l("Quotations"),
        _l("New quotation"),
        title="text",
        about=_l("The front page shows the newest one whose time it is, in each language the newest in that language."),
    ),
    "rectors": Kind(
        "rector",
        RectorForm,
        _l("Rector"),
        _l("New rector"),
        about=_l("Without a rector, readers see neither the box on the front page nor the page of the rector."),
    ),
    "notices": Kind(
        "notice",
        NoticeForm,
        _l("Notices"),
        _l("New notice"),
        title="text",
        about=_l("An urgent sentence on top of every page: the newest one whose time it is."),
    ),
    "pages": Kind(
        "page",
        PageItemForm,
        _l("Pages"),
        _l("New page"),
        about=_l("For what stays, such as “About” or “Privacy”. A page has no date and is in no feed."),
    ),
    "posts": Kind(
        "placement",
        PlacementForm,
        _l("Pinned posts and announcements with an end"),
        model=Post,
        about=_l("A post is pinned, or gets an end, from its form."),
    ),
    "categories": Kind(
        "category",
        CategoryForm,
        _l("Categories"),
        _l("New category"),
        model=Category,
        is_for_admins=True,
    ),
    "bylines": Kind("author", BylineForm, _l("Bylines"), _l("New byline"), model=Author, is_for_admins=True),
    "links": Kind(
        "link",
        LinkForm,
        _l("Links"),
        _l("New link"),
        is_for_admins=True,
        about=_l("Links of the menu and the footer, beside categories and pages."),
    ),
}

_WORDS: dict[type[ItemForm], type[ItemWords]] = {
    QuotationForm: QuotationWords,
    RectorForm: RectorWords,
    NoticeForm: NoticeWords,
    PageItemForm: PageWords,
    LinkForm: LinkWords,
    ContactsForm: ContactsWords,
    CategoryForm: CategoryWords,
    BylineForm: BylineWords,
}
for _form, _words in _WORDS.items():
    for _code in LANGUAGES:
        setattr(_form, _code, FormField(_words))
