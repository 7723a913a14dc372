// The document that the editor works on: every element and attribute that a text may have, and no other.
// What the server's cleaner allows stands in kariu_blog/text/; a test carries each element through here and back.

import { DOMParser, DOMSerializer, Schema } from "../vendor/prosemirror.js";

const EVERYWHERE = ["lang", "dir"];

// A node or mark that is one HTML element, with some of its attributes.
function element(tag, spec = {}, attributes = []) {
  const names = [...EVERYWHERE, ...attributes];
  const hole = spec.inline || spec.isVoid ? [] : [0];
  const read = (dom) => Object.fromEntries(names.map((name) => [name, dom.getAttribute(name)]));
  return {
    ...spec,
    attrs: { ...Object.fromEntries(names.map((name) => [name, { default: null }])), ...spec.attrs },
    parseDOM: [{ tag, getAttrs: (dom) => ({ ...read(dom), ...spec.read?.(dom) }) }, ...(spec.alsoFrom ?? [])],
    toDOM: (node) => [tag, { ...shown(node.attrs, names), ...spec.write?.(node) }, ...hole],
  };
}

// A mark stands within itself where a text has it so, as a quotation in a quotation, or right after itself: how deep
// it is, and whose turn, tells the two apart.
const mark = (tag, attributes = [], spec = { excludes: "" }) =>
  element(
    tag,
    {
      ...spec,
      attrs: { depth: { default: 0 }, turn: { default: 0 } },
      read: (dom) => ({ depth: depthOf(dom), turn: turnOf(dom) }),
    },
    attributes,
  );

function depthOf(dom) {
  const outer = dom.parentElement?.closest(dom.localName);
  return outer ? depthOf(outer) + 1 : 0;
}

function turnOf(dom) {
  const before = dom.previousSibling;
  return before?.localName === dom.localName ? 1 - turnOf(before) : 0;
}

function shown(attrs, names) {
  return Object.fromEntries(names.filter((name) => attrs[name] !== null && attrs[name] !== "").map((name) => [name, attrs[name]]));
}

const block = (spec) => ({ group: "block", ...spec });
export const PENDING = new URL("pending.svg", import.meta.url).pathname; // in the place of a picture on its way
const isOurs = (src) => src.startsWith("/media/") || src.startsWith(PENDING);
const image = (context) => ({
  tag: "img[src]",
  context,
  getAttrs(dom) {
    const src = dom.getAttribute("src").replace(new RegExp(`^${location.origin}`), "");
    const { alt, width, height, lang, dir } = readAll(dom, ["alt", "width", "height", "lang", "dir"]);
    return isOurs(src) ? { src, alt: alt ?? "", width, height, lang, dir } : false;
  },
});
const readAll = (dom, names) => Object.fromEntries(names.map((name) => [name, dom.getAttribute(name)]));
const imageAttributes = ["src", "alt", "width", "height"];
const imageElement = (context, spec) => {
  const made = element("img", { ...spec, isVoid: true }, imageAttributes);
  const toDOM = (node) => ["img", { ...shown(node.attrs, ["src", "width", "height", ...EVERYWHERE]), alt: node.attrs.alt ?? "" }];
  return { ...made, parseDOM: [image(context)], toDOM };
};

const cell = (tag) => {
  const isHeader = tag === "th";
  const number = (dom, name) => Math.max(1, Number(dom.getAttribute(name)) || 1);
  return element(
    tag,
    {
      content: "block+",
      isolating: true,
      tableRole: isHeader ? "header_cell" : "cell",
      attrs: { colspan: { default: 1 }, rowspan: { default: 1 }, colwidth: { default: null } },
      read: (dom) => ({ colspan: number(dom, "colspan"), rowspan: number(dom, "rowspan") }),
      write: ({ attrs }) => ({
        ...(attrs.colspan > 1 && { colspan: attrs.colspan }),
        ...(attrs.rowspan > 1 && { rowspan: attrs.rowspan }),
      }),
    },
    isHeader ? ["scope"] : [],
  );
};

const heading = (level, alsoFrom) => block(element(`h${level}`, { content: "inline*", defining: true, group: "block", alsoFrom }));

const nodes = {
  doc: { content: "block+" },
  paragraph: element("p", { content: "inline*", group: "block" }),
  h2: heading(2, [{ tag: "h1" }]),
  h3: heading(3),
  h4: heading(4, [{ tag: "h5" }, { tag: "h6" }]),
  blockquote: element("blockquote", { content: "block+", group: "block", defining: true }),
  bullet_list: element("ul", { content: "list_item+", group: "block" }),
  ordered_list: element("ol", { content: "list_item+", group: "block" }, ["start"]),
  list_item: element("li", { content: "block+", defining: true }),
  description_list: element("dl", { content: "(description_term | description)+", group: "block" }),
  description_term: element("dt", { content: "inline*", defining: true }),
  description: element("dd", { content: "block+", defining: true }),
  rule: element("hr", { group: "block", isVoid: true }),
  figure: element("figure", {
    content: "(block | picture | figcaption)+",
    marks: "link span",
    group: "block",
    isolating: true,
    attrs: { isTable: { default: false } },
    read: (dom) => ({ isTable: dom.hasAttribute("data-table") }),
    write: ({ attrs }) => (attrs.isTable ? { "data-table": "" } : {}),
  }),
  figcaption: element("figcaption", { content: "inline*", defining: true }),
  table: element("table", { content: "table_row+", group: "block", isolating: true, tableRole: "table" }),
  table_row: element("tr", {
    content: "(table_cell | table_header)*",
    tableRole: "row",
    attrs: { section: { default: "tbody" }, turn: { default: 0 } },
    read: ({ parentNode }) => ({
      section: /^(thead|tfoot)$/.test(parentNode?.localName) ? parentNode.localName : "tbody",
      turn: parentNode ? turnOf(parentNode) : 0,
    }),
    write: ({ attrs }) => ({ "data-section": attrs.section, "data-turn": attrs.turn }),
  }),
  table_header: cell("th"),
  table_cell: cell("td"),
  picture: imageElement("figure/", { draggable: true }),
  image: imageElement("", { inline: true, group: "inline", draggable: true }),
  text: { group: "inline" },
  line_break: element("br", { inline: true, group: "inline", selectable: false }),
};

const marks = {
  link: mark("a", ["href", "hreflang"], { inclusive: false }),
  abbr: mark("abbr", ["title"]),
  cite: mark("cite"),
  q: mark("q"),
  mark: mark("mark"),
  small: mark("small"),
  strong: mark("strong"),
  b: mark("b"),
  em: mark("em"),
  i: mark("i"),
  s: mark("s", [], { excludes: "", alsoFrom: [{ tag: "strike" }, { tag: "del" }] }),
  sub: mark("sub"),
  sup: mark("sup"),
  code: mark("code"),
  span: mark("span"), // the innermost: its language holds
};
marks.link.parseDOM[0].tag = ["href", "hreflang", ...EVERYWHERE].map((name) => `a[${name}]`).join();
marks.span.parseDOM[0].tag = "span[lang], span[dir]";

export const schema = new Schema({ nodes, marks });

const parser = DOMParser.fromSchema(schema);
const serializer = DOMSerializer.fromSchema(schema);

// An inert document: nothing in it is loaded or run.
function inert(html) {
  return new window.DOMParser().parseFromString(html, "text/html").body;
}

export function fromHTML(html) {
  const root = inert(html);
  for (const place of root.querySelectorAll(`img[src^="${PENDING}"]`)) place.remove(); // of a picture that never came
  return parser.parse(captionsAsFigures(root));
}

export function toHTML(doc) {
  let isEmpty = true; // whatever boxes there are, nothing stands in them
  doc.descendants((node) => {
    if (node.isText ? node.text.trim() : node.isLeaf && node.type !== schema.nodes.line_break) isEmpty = false;
  });
  if (isEmpty) return "";
  const root = inert("");
  root.append(serializer.serializeFragment(doc.content, { document: root.ownerDocument }));
  return plain(root).innerHTML;
}

// A table's caption is edited as the caption of a figure around it.
export function captionsAsFigures(root) {
  for (const caption of root.querySelectorAll("table > caption")) {
    const figure = root.ownerDocument.createElement("figure");
    const figcaption = root.ownerDocument.createElement("figcaption");
    const table = caption.parentNode;
    figure.setAttribute("data-table", "");
    for (const { name, value } of caption.attributes) figcaption.setAttribute(name, value);
    figcaption.append(...caption.childNodes);
    table.replaceWith(figure);
    figure.append(figcaption, table);
    caption.remove();
  }
  return root;
}

// The editor's document as a person would write it: captions in tables, rows in their sections, and no
// paragraph around the only words of a list item or a cell.
function plain(root) {
  const make = (name) => root.ownerDocument.createElement(name);
  for (const figure of root.querySelectorAll("figure[data-table]")) {
    figure.removeAttribute("data-table");
    const table = figure.querySelector(":scope > table");
    const figcaption = figure.querySelector(":scope > figcaption");
    if (!table || figure.children.length > (figcaption ? 2 : 1)) continue;
    if (figcaption?.textContent.trim()) {
      const caption = make("caption");
      for (const { name, value } of figcaption.attributes) caption.setAttribute(name, value);
      caption.append(...figcaption.childNodes);
      table.prepend(caption);
    }
    figure.replaceWith(table);
  }
  for (const figcaption of root.querySelectorAll("figcaption:empty")) figcaption.remove();
  for (const row of root.querySelectorAll("tr[data-section]")) {
    const { section: name, turn } = row.dataset;
    let section = row.previousElementSibling;
    if (section?.localName !== name || section.dataset.turn !== turn) {
      section = make(name);
      section.dataset.turn = turn;
      row.before(section);
    }
    section.append(row);
    for (const about of ["data-section", "data-turn"]) row.removeAttribute(about);
  }
  for (const section of root.querySelectorAll("[data-turn]")) section.removeAttribute("data-turn");
  for (const box of root.querySelectorAll("li, dd, td, th")) {
    const [first, ...rest] = box.children;
    const isOnly = first?.localName === "p" && !first.attributes.length && rest.every((other) => /^[uo]l$/.test(other.localName));
    if (isOnly) first.replaceWith(...first.childNodes);
  }
  return root;
}
