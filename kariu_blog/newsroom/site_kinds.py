"""The kinds of items: the form of each, what staff call it, and who may edit it."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from kariu_blog.newsroom.fields import line, needed
from kariu_blog.newsroom.site_fields import (
    BodyField,
    PictureField,
    is_address,
    is_email,
    is_mark,
    is_url,
    moment,
    several,
    short,
)
from kariu_blog.newsroom.site_forms import ItemForm, ItemWords
from kariu_blog.posts.post import Post
from kariu_blog.posts.taxonomy import Author, Category

START, END = _l("Karaganda time. Empty: at once."), _l("Karaganda time. Empty: for good.")
SLUG = _l("The last part of the address, in Latin letters. It stays as it is. Empty: made from the name.")
NOWHERE = SelectChoice("", _l("Nowhere yet: only staff see it"))
BY_ADDRESS = SelectChoice("address", _l("By its address alone"))
IN_MENU, IN_FOOTER = SelectChoice("menu", _l("In the menu")), SelectChoice("footer", _l("In the footer"))
COLOURS = {
    "": _l("No colour"),
    "blue": _l("Blue"),
    "teal": _l("Teal"),
    "green": _l("Green"),
    "olive": _l("Olive"),
    "orange": _l("Orange"),
    "red": _l("Red"),
    "plum": _l("Plum"),
    "violet": _l("Violet"),
}
"""Each is a custom property and a class of the style sheet."""


def _hidden() -> BooleanField:
    return BooleanField(_l("Hidden"), description=_l("Readers do not see it. It stays here and can be shown again."))


def _archived() -> BooleanField:
    about = _l("Not offered in menus and forms. Its page, its feed and its posts stay.")
    return BooleanField(_l("Archived"), description=about)


class ContactsWords(ItemWords):
    site_name = line(_l("Name of the site"), 60, _l("Empty: KarIU Blog."), rows=1)
    university = line(_l("Name of the university"), 120, rows=2)
    address = line(_l("Address"), 300, rows=2)
    hours = line(_l("Office hours"), 200, rows=2)
    journalists = line(_l("For journalists"), 300, _l("Stands below each post, with telephones and e-mail."), rows=3)


class ContactsForm(ItemForm):
    act, plural, title, words = "contacts", _l("Name, mark and contacts"), "university", ContactsWords
    about = _l("They stand in the head, in the footer and below each post, and search engines read them.")
    is_for_admins = True
    telephones = several(_l("Telephones"), _l("One in each line, such as +7 7213 00 00 00."))
    email = short(_l("E-mail of the press office"), "", is_email)
    channels = several(_l("Channels"), _l("Web addresses in social networks, one in each line."), is_url)
    website = short(_l("Main site of the university"), _l("A web address."), is_url)
    mark = PictureField(
        _l("Mark of the site"),
        description=_l("A square PNG of 512 pixels or more from the pictures. Icons of all sizes are made of it."),
        validators=[is_mark],
    )
    accent = SelectField(
        _l("Accent colour"),
        choices=[SelectChoice("", _l("The usual one")), *(SelectChoice(*each) for each in COLOURS.items() if each[0])],
        description=_l("Of the head, the foot and links. Each of them can be read on its ground."),
    )


class QuotationWords(ItemWords):
    text = line(_l("Quotation"), 600, _l("Without quotation marks."), rows=4)
    attribution = line(_l("Who said it"), 120, rows=2)
    source = line(_l("Source"), 200, _l("Where and when, if readers should know."), rows=2)


class QuotationForm(ItemForm):
    act, plural, new, title, words = "quotation", _l("Quotations"), _l("New quotation"), "text", QuotationWords
    about = _l("The front page shows the newest one whose time it is, in each language the newest in that language.")
    is_needed = True
    starts_at, ends_at, hidden = moment(_l("From"), START), moment(_l("Until"), END), _hidden()


class RectorWords(ItemWords):
    name = line(_l("Full name"), 120, validators=[needed], rows=2)
    position = line(_l("Position"), 200, validators=[needed], rows=2)
    teaser = line(_l("Short text for the front page"), 500, rows=3)
    hours = line(_l("Reception hours"), 200, rows=2)
    greeting, biography = BodyField(_l("Greeting")), BodyField(_l("Biography"))


class RectorForm(ItemForm):
    act, plural, new, words = "rector", _l("Rector"), _l("New rector"), RectorWords
    about = _l("Without a rector, readers see neither the box on the front page nor the page of the rector.")
    starts_at = moment(
        _l("Term of office begins"), _l("The one who began last is the rector; the others are former rectors.")
    )
    ends_at = moment(_l("Term of office ends"), _l("Only for a former rector, or if nobody follows."))
    portrait, hidden = PictureField(_l("Portrait")), _hidden()


class NoticeWords(ItemWords):
    text = line(_l("Notice"), 300, _l("One sentence."), rows=3)


class NoticeForm(ItemForm):
    act, plural, new, title, words = "notice", _l("Notices"), _l("New notice"), "text", NoticeWords
    about = _l("An urgent sentence on top of every page: the newest one whose time it is.")
    is_needed = True
    address = short(_l("Link"), _l("Where readers find more: a web address, or one here such as /en/."), is_address)
    starts_at, ends_at, hidden = moment(_l("From"), START), moment(_l("Until"), END), _hidden()


class PageWords(ItemWords):
    name = line(_l("Title"), 120, rows=2)
    body = BodyField(_l("Text"))


class PageItemForm(ItemForm):
    act, plural, new, words = "page", _l("Pages"), _l("New page"), PageWords
    about = _l("For what stays, such as “About” or “Privacy”. A page has no date and is in no feed.")
    is_needed = True
    slug = short(_l("Address"), SLUG, spellcheck="false", autocapitalize="none")
    place = SelectField(_l("Where readers find it"), choices=[NOWHERE, BY_ADDRESS, IN_MENU, IN_FOOTER])


class PlacementForm(ItemForm):
    """The pin and the end of a post."""

    act, plural, model = "placement", _l("Pinned posts and announcements with an end"), Post
    about = _l("A post is pinned, or gets an end, from its form.")
    pinned_until = moment(
        _l("Pinned until"),
        _l("First on the front page and in its category. Of several posts, the one pinned for longest is first."),
    )
    ends_at = moment(
        _l("Ends on"),
        _l("For an announcement. After that it leaves the front page and the lists; search and archive still find it."),
    )


class CategoryWords(ItemWords):
    name = line(_l("Name"), 80, validators=[needed], rows=2)
    description = line(_l("Description"), 500, rows=3)


class CategoryForm(ItemForm):
    act, plural, new, words, model = "category", _l("Categories"), _l("New category"), CategoryWords, Category
    is_for_admins = True
    slug = short(_l("Address"), SLUG, spellcheck="false", autocapitalize="none")
    colour = SelectField(_l("Colour"), choices=[SelectChoice(*each) for each in COLOURS.items()])
    hidden = _archived()


class BylineWords(ItemWords):
    name = line(_l("Name of the person or office"), 120, validators=[needed], rows=2)
    position = line(_l("Position"), 200, rows=2)
    text = BodyField(_l("Text of the page"))


class BylineForm(ItemForm):
    act, plural, new, words, model = "author", _l("Bylines"), _l("New byline"), BylineWords, Author
    is_for_admins = True
    slug = short(_l("Address"), SLUG, spellcheck="false", autocapitalize="none")
    is_person = SelectField(_l("Kind"), choices=[SelectChoice("", _l("An office")), SelectChoice("y", _l("A person"))])
    portrait, hidden = PictureField(_l("Portrait")), _archived()


class LinkWords(ItemWords):
    name = line(_l("Name"), 80, validators=[needed], rows=2)


class LinkForm(ItemForm):
    act, plural, new, words = "link", _l("Links"), _l("New link"), LinkWords
    about = _l("Links of the menu and the footer, beside categories and pages.")
    is_for_admins = True
    address = short(_l("Address"), _l("A web address, or one here such as /en/archive/."), needed, is_address)
    place = SelectField(_l("Where readers find it"), choices=[IN_MENU, IN_FOOTER])
    hidden = _hidden()


KINDS: dict[str, type[ItemForm]] = {
    "contacts": ContactsForm,
    "quotations": QuotationForm,
    "rectors": RectorForm,
    "notices": NoticeForm,
    "pages": PageItemForm,
    "posts": PlacementForm,
    "categories": CategoryForm,
    "bylines": BylineForm,
    "links": LinkForm,
}
"""By their part of an address."""
