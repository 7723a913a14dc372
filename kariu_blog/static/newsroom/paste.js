// What other programs put on the clipboard, made into HTML that means the same.

import { BLOCKS, formats, ontoWords, wrapRuns } from "./formats.js";
import { isAddress } from "./films.js";
import { captionsAsFigures } from "./schema.js";
import { wordLists, withoutComments } from "./word.js";

const TAG = /<[a-z](?:"[^"]*"|'[^']*'|[^"'>])*>/gi;
const ACTIVE = /("[^"]*"|'[^']*')|\s(style|on[a-z]+)(?=\s*=)/gi;
const STYLE_SHEET = /<style[^>]*>([\s\S]*?)<\/style\s*>/gi;
const JUNK = "script, meta, link, title, xml, template, noscript, dialog:not([open]), .EOP[data-ccp-props]"; // Word's ends of paragraphs
const CONTROLS = "select, button, textarea, datalist, input, iframe, object, svg, audio, video, canvas, progress, meter";
const HIDDEN_BY_OTHERS = /<!--\[if (?!!)[^\]]*\]-->[\s\S]*?<!--\[endif\]-->/gi; // Word's conditions, as Safari hands them on
// As in kariu_blog/text/settling.py.
const HIDING = new RegExp(
  [
    /display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all/,
    /(?:opacity|font-size|max-height)\s*:\s*(?:0+(?:\.0*)?|\.0+)(?:px|pt|em|rem|%)?\s*(?:!|;|$)/,
    /^(?=[\s\S]*overflow\s*:\s*hidden)(?:[\s\S]*;)?\s*(?:height|width)\s*:\s*[01](?:px|pt)?\s*(?:[!;]|$)/,
    /(?:left|top|text-indent)\s*:\s*-\d{4}|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]|clip-path\s*:\s*inset\((?:50|100)%/,
  ].map(({ source }) => source).join("|"),
  "i",
);
const PART_OF_TABLE = /^(?:\s|<meta[^>]*>)*<(?:td|th|tr|tbody|thead|tfoot|col|colgroup)\b/i;
const BOXES = "center, details, summary, legend, main, nav, dialog, search, fieldset, form, hgroup, address, section, article, aside, header, footer";
const WITHOUT_MEANING = "span:not([lang], [dir]), font, big, tt, u, ins, label, time, bdi, bdo";
const CAN_BE_EMPTY = "h1, h2, h3, h4, h5, h6, li, dt, dd, caption, ul, ol, dl, blockquote, figure"; // empty captions of figures wait for words
const EMOJI = /^[\p{Extended_Pictographic}\p{Emoji_Component}\u200d]+$/u;
const COLUMNS_MAX = 10; // as in kariu_blog/text/settling.py

export const styleOf = (node) => node.dataset.style ?? "";

// `pictures` takes those that can come into the library, and leaves the others out.
export function cleanPasted(html, pictures) {
  const root = parsed(html);
  const slice = root.querySelector("[data-pm-slice]")?.dataset.pmSlice;
  for (const frame of root.querySelectorAll("iframe")) asLink(frame);
  for (const junk of root.querySelectorAll(`${JUNK}, ${CONTROLS}`)) junk.remove();
  withoutHidden(root);
  for (const node of root.querySelectorAll("[role=checkbox] img")) node.remove(); // a drawn box before its item
  for (const item of root.querySelectorAll("ol > li[value]")) startAt(item);
  withoutCommentsOfGoogle(root);
  if (/mso-|schemas-microsoft/.test(html)) {
    withoutComments(root);
    for (const node of root.querySelectorAll("[lang]")) node.removeAttribute("lang"); // of the keyboard, run by run
  }
  for (const node of root.querySelectorAll("[data-style]")) if (/\bdirection\s*:\s*rtl/i.test(styleOf(node))) node.dir = "rtl";
  for (const node of root.querySelectorAll("[dir]")) if (!node.closest("[dir=rtl]")) node.removeAttribute("dir");
  wordLists(root);
  breakLines(root);
  emojis(root);
  pictures(root);
  captionsWithoutPicture(root);
  withoutDeadLinks(root);
  lowerHeadings(root);
  boxes(root);
  formats(root);
  for (const node of root.querySelectorAll(WITHOUT_MEANING)) node.replaceWith(...node.childNodes);
  ontoWords(root);
  boxesAsParagraphs(root);
  for (const list of [...root.querySelectorAll("ul, ol")].reverse()) wrapperItems(list);
  for (const table of root.querySelectorAll("table")) fewerColumns(table);
  withoutEmpty(root);
  if (slice) markSlice(root, slice);
  return captionsAsFigures(root).innerHTML;
}

// Where a selection began and ended that was copied in an editor like this one.
function markSlice(root, slice) {
  if (!root.firstElementChild) {
    const around = root.ownerDocument.createElement("span");
    around.append(...root.childNodes);
    root.append(around);
  }
  root.firstElementChild.dataset.pmSlice = slice;
}

export function hasWords(html) {
  const root = parsed(html);
  return Boolean(root.textContent.trim()) || root.querySelectorAll("img").length > 1;
}

// The content policy forbids styles and handlers also where nothing is shown: they are renamed before parsing.
function parsed(html) {
  const sheets = [];
  const renamed = (PART_OF_TABLE.test(html) ? `<table>${html}` : html)
    .replace(HIDDEN_BY_OTHERS, "")
    .replace(STYLE_SHEET, (_, rules) => (sheets.push(rules), ""))
    .replace(TAG, (tag) => tag.replace(ACTIVE, (_, quoted, name) => quoted ?? ` data-${name}`));
  const root = new window.DOMParser().parseFromString(renamed, "text/html").body;
  for (const rules of sheets) applySheet(rules, root);
  return root;
}

// What classes mean, as Word and Excel write them; rules for all of an element's kind are the look of its program.
function applySheet(rules, root) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules.replace(/<!--|-->/g, ""));
  for (const { selectorText, style } of sheet.cssRules) {
    if (!selectorText?.includes(".")) continue;
    for (const node of root.querySelectorAll(selectorText)) node.dataset.style = `${style.cssText};${styleOf(node)}`;
  }
}

// The frame of a film, as its host gives it to be put into pages.
function asLink(frame) {
  const { src } = frame;
  if (!isAddress(src)) return;
  const link = Object.assign(frame.ownerDocument.createElement("a"), { href: src, textContent: frame.title || src });
  const line = frame.ownerDocument.createElement("p");
  line.append(link);
  frame.replaceWith(line);
}

function withoutHidden(root) {
  const isHidden = (node) => node.hidden || node.matches("tr[height='0'], col[width='0']") || HIDING.test(styleOf(node));
  for (const table of root.querySelectorAll("table")) withoutColumns(table, [...table.querySelectorAll("col")].flatMap((column) => Array(column.span).fill(isHidden(column))));
  for (const node of root.querySelectorAll("*")) if (isHidden(node)) node.remove();
}

// Cells that span more columns than the hidden ones become narrower.
function withoutColumns(table, hidden) {
  if (!hidden.includes(true)) return;
  const filled = []; // of each column: the rows that a cell above still fills
  for (const row of table.rows) {
    let place = 0;
    for (const cell of [...row.cells]) {
      while (filled[place] > 0) filled[place++] -= 1;
      const { colSpan, rowSpan } = cell;
      const shown = Array.from({ length: colSpan }, (_, index) => !hidden[place + index]).filter(Boolean).length;
      for (const end = place + colSpan; place < end; place++) filled[place] = rowSpan - 1;
      if (shown) cell.colSpan = shown;
      else cell.remove();
    }
    for (; place < filled.length; place++) if (filled[place] > 0) filled[place] -= 1;
  }
}

function emojis(root) {
  for (const image of root.querySelectorAll("img[alt]")) {
    const { alt } = image;
    const isEmoji = (EMOJI.test(alt) && /\D/.test(alt)) || (alt && /emoji/i.test(image.className));
    if (isEmoji) image.replaceWith(alt);
  }
}

// A page that was downloaded from Google has the margin's comments at its end.
function withoutCommentsOfGoogle(root) {
  for (const link of root.querySelectorAll("a[id^=cmnt][href*='#cmnt']")) {
    const box = link.closest("div");
    const isBox = box?.textContent.trim().startsWith(link.textContent);
    if (link.id.startsWith("cmnt_ref")) (link.closest("sup") ?? link).remove();
    else (isBox ? box : link.closest("p") ?? link).remove();
  }
}

// A number that does not follow begins a new list.
function startAt(item) {
  const list = item.parentElement;
  const place = [...list.children].indexOf(item);
  if (item.value === list.start + place) return;
  const rest = place ? list.cloneNode(false) : list;
  rest.start = item.value;
  if (place) list.after(rest);
  rest.append(...[...list.children].slice(place));
}

function captionsWithoutPicture(root) {
  for (const caption of [...root.querySelectorAll("figure > figcaption")].reverse()) {
    const figure = caption.parentElement;
    if (!figure.querySelector("img, table") && figure.textContent.trim() === caption.textContent.trim()) figure.replaceWith(rename(caption, "div"));
  }
}

// Bookmarks, places within the source's page and its site, files of somebody's disk; and Word's <o:p>.
function withoutDeadLinks(root) {
  for (const node of root.querySelectorAll("*")) {
    const isDead = node.localName === "a" && !/^(?:https?:|mailto:|tel:|\/)/i.test(node.getAttribute("href") ?? "");
    if (isDead || node.localName.includes(":")) node.replaceWith(...node.childNodes);
  }
}

function lowerHeadings(root) {
  if (!root.querySelector("h1")) return;
  for (const heading of [...root.querySelectorAll("h1, h2, h3, h4, h5")]) rename(heading, `h${Math.min(4, Number(heading.localName[1]) + 1)}`);
}

function boxes(root) {
  for (const box of [...root.querySelectorAll(BOXES)]) rename(box, "div");
  for (const list of [...root.querySelectorAll("menu, dir")]) rename(list, "ul");
  for (const node of [...root.querySelectorAll("a, span, font, label, strong, b, em, i, small")]) {
    const isInRow = /display\s*:\s*(inline-)?(flex|grid)/i.test(styleOf(node.parentElement));
    if (!isInRow && !/display\s*:\s*(block|flex|grid|table|list-item)/i.test(styleOf(node))) continue;
    const box = node.ownerDocument.createElement("div");
    node.replaceWith(box);
    box.append(node);
  }
}

// The editor's parser forgets the formats of words that stand in a box alone.
function boxesAsParagraphs(root) {
  const paragraph = root.ownerDocument.createElement("p");
  for (const box of [...root.querySelectorAll("div")].reverse()) {
    if (!box.closest("figure")) wrapRuns(box, paragraph);
    for (const { name, value } of box.attributes) if (/^(lang|dir)$/.test(name)) for (const child of box.children) if (!child.hasAttribute(name)) child.setAttribute(name, value);
    box.replaceWith(...box.childNodes);
  }
}

export function rename(node, name) {
  const made = node.ownerDocument.createElement(name);
  for (const { name: attribute, value } of node.attributes) made.setAttribute(attribute, value);
  made.append(...node.childNodes);
  node.replaceWith(made);
  return made;
}

// Where line ends count they become line breaks.
function breakLines(root) {
  const { ownerDocument } = root;
  const walker = ownerDocument.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (/\n/.test(walker.currentNode.data) && isPreformatted(walker.currentNode.parentElement)) texts.push(walker.currentNode);
  for (const text of texts) {
    const [first, ...lines] = text.data.split(/\r?\n/);
    text.after(...lines.flatMap((line) => [ownerDocument.createElement("br"), line]));
    text.data = first;
  }
  for (const pre of [...root.querySelectorAll("pre, listing, xmp")]) rename(pre, "p");
}

function isPreformatted(node) {
  const [, space] = /white-space(?:-collapse)?\s*:\s*([a-z-]+)(?![\s\S]*white-space)/i.exec(styleOf(node)) ?? [];
  if (space) return /^(pre|break-spaces)/i.test(space);
  return node.localName === "pre" || Boolean(node.parentElement && isPreformatted(node.parentElement));
}

// A list that stands where an item should, or alone in an item, belongs to the item before it.
function wrapperItems(list) {
  for (const child of [...list.children]) {
    const lists = child.matches("ul, ol") ? [child] : [...child.children].filter((inner) => inner.matches("ul, ol"));
    const isWrapper = child.localName === "li" && lists.length === child.children.length && !hasOwnWords(child);
    if (!lists.length || !(isWrapper || lists[0] === child)) continue;
    const before = child.previousElementSibling;
    if (before) before.append(...lists);
    else child.before(...lists.flatMap((inner) => [...inner.childNodes]));
    if (isWrapper || !before) child.remove();
  }
}

const hasOwnWords = (node) => [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());

// As the server: a cell that spans more columns than any other row fills stands for a whole row.
function fewerColumns(table) {
  const spanOf = (cell) => (cell.colSpan > COLUMNS_MAX ? 0 : cell.colSpan);
  const filled = (row) => [...row.cells].reduce((sum, cell) => sum + spanOf(cell), 0);
  const width = Math.max(1, ...[...table.rows].map((row) => filled(row) + [...row.cells].filter((cell) => !spanOf(cell)).length));
  for (const row of table.rows) {
    for (const cell of row.cells) if (!spanOf(cell)) cell.colSpan = Math.min(Math.max(1, width - filled(row)), cell.colSpan);
  }
}

function withoutEmpty(root) {
  const isEmpty = (node) => !/[\p{L}\p{N}\p{P}\p{S}]/u.test(node.textContent) && !node.querySelector("img, hr, table");
  for (const node of [...root.querySelectorAll(CAN_BE_EMPTY)].reverse()) if (isEmpty(node)) node.remove();
  for (const lineBreak of root.querySelectorAll("br")) if (isBetweenBlocks(lineBreak)) lineBreak.remove();
  for (const paragraph of root.querySelectorAll("p")) {
    while (lastOf(paragraph).localName === "br") lastOf(paragraph).remove();
    if (!paragraph.textContent.trim() && !paragraph.querySelector("img")) paragraph.remove();
  }
}

// The innermost thing at the end, but for white space.
function lastOf(node) {
  const last = [...node.childNodes].filter((child) => child.nodeType !== Node.TEXT_NODE || /\S/.test(child.data)).at(-1);
  return last ? lastOf(last) : node;
}

// Whether it ends no line, because what stands beside it are blocks, or nothing.
function isBetweenBlocks(node) {
  const beside = (step) => {
    let other = node[step];
    while (other && (other.nodeType === Node.COMMENT_NODE || other.localName === "br" || (other.nodeType === Node.TEXT_NODE && !other.data.trim()))) other = other[step];
    return other;
  };
  const sides = [beside("previousSibling"), beside("nextSibling")];
  return sides.every((side) => !side || side.matches?.(BLOCKS)) && !node.parentElement.matches("p, li, td, th, h2, h3, h4, dd, dt");
}
