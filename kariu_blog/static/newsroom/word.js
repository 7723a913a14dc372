// What only Word writes: margin comments, deletions that it tracks, and lists as paragraphs.

import { rename, styleOf } from "./paste.js";

const COMMENT = /mso-element:\s*comment|mso-special-character:\s*comment/i;
const COMMENT_CLASSES = ".MsoCommentReference, .msocomanchor, .msocomtxt, .msocomoff, .MsoCommentText, .MsoCommentSubject, .msoDel";
const LIST = /mso-list:\s*l\d+\s+level(\d+)/i;
const IGNORED = /mso-list:\s*ignore/i;
const SLIDE_MARKER = /mso-special-format\s*:\s*["']?(bullet|numbullet)/i;
const SYMBOLS = /symbol|wingdings|webdings/i;
const RUSSIAN = "абвгдежзиклмнопрстуфхцчшщэюя"; // without ё, й, ъ, ы, ь, as Word counts
const KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя";
const NUMBER = /^\(?(?:\d+[.)]?)+$/;
const LETTER = /^\(?([a-zа-яёәғқңөұүһі])[.)]*$/i;
const ROMAN = /^\(?([ivxlcdm]+)[.)]*$/i;
const VALUES = { i: 1, v: 5, x: 10, l: 50, c: 100, d: 500, m: 1000 };

// How a marker may be counted: each gives its number, or 0.
const COUNTS = [
  (marker) => (NUMBER.test(marker) ? Number(marker.match(/\d+/g).at(-1)) : 0),
  (marker) => (/^\(?[ivx]|^\(?[a-z]{2}/i.test(marker) ? roman(ROMAN.exec(marker)?.[1].toLowerCase()) : 0),
  (marker) => letter(marker, RUSSIAN),
  (marker) => letter(marker, KAZAKH),
  (marker) => letter(marker, "abcdefghijklmnopqrstuvwxyz"),
];
const letter = (marker, alphabet) => alphabet.indexOf(LETTER.exec(marker)?.[1].toLowerCase() ?? "-") + 1;

function roman(word = "") {
  const values = [...word].map((sign) => VALUES[sign]);
  return values.reduce((sum, value, index) => sum + (value < values[index + 1] ? -value : value), 0);
}
const numberOf = (marker) => COUNTS.map((count) => count(marker)).find(Boolean) ?? 0;
const isNext = (marker, before) => COUNTS.some((count) => count(before) && count(marker) === count(before) + 1);

export function withoutComments(root) {
  for (const node of root.querySelectorAll("*")) if (COMMENT.test(styleOf(node))) node.remove();
  for (const node of root.querySelectorAll(`${COMMENT_CLASSES}, del[cite], del[datetime]`)) node.remove();
}

// A list is paragraphs that name their level, with the marker as text.
export function wordLists(root) {
  for (const item of root.querySelectorAll("li[data-aria-level]")) asParagraph(item);
  for (const marker of root.querySelectorAll("span")) if (SLIDE_MARKER.test(styleOf(marker))) asItem(marker);
  let open = []; // {level, list, name, marker}, outermost first
  let last = null;
  for (const paragraph of [...root.querySelectorAll("p, h1, h2, h3, h4, h5, h6")]) {
    const level = Number(LIST.exec(styleOf(paragraph))?.[1]);
    if (!level) continue;
    const { name, marker } = takeMarker(paragraph);
    if (!name || paragraph.localName !== "p") {
      if (name !== "ul") paragraph.prepend(`${marker} `);
      continue;
    }
    open = last && follows(last, paragraph) ? open.filter((other) => other.level <= level) : [];
    const current = open.at(-1);
    if (current?.level !== level || current.name !== name || (name === "ol" && !isNext(marker, current.marker))) {
      open = open.filter((other) => other.level < level);
      open.push({ level, name, list: newList(paragraph, name, marker, open.at(-1)?.list.lastElementChild) });
    }
    open.at(-1).marker = marker;
    const item = root.ownerDocument.createElement("li");
    item.append(...paragraph.childNodes);
    item.dataset.style = styleOf(paragraph);
    open.at(-1).list.append(item);
    last = root.ownerDocument.createComment("");
    paragraph.replaceWith(last);
  }
}

function newList(paragraph, name, marker, parent) {
  const list = paragraph.ownerDocument.createElement(name);
  if (name === "ol" && numberOf(marker) > 1) list.start = numberOf(marker);
  if (parent) parent.append(list);
  else paragraph.before(list);
  return list;
}

// The kind of list that a marker begins, and its words; no kind where they are words, such as «1-бап.».
function takeMarker(paragraph) {
  const marker = [...paragraph.querySelectorAll("span")].find((span) => IGNORED.test(styleOf(span)));
  const words = (marker?.textContent ?? "").replace(/[\s\u00a0]+/g, " ").trim();
  const styled = marker ? [marker, marker.parentElement, ...marker.querySelectorAll("*")] : [];
  const isSymbol = SYMBOLS.test(styled.map(styleOf).join());
  marker?.remove();
  const isBullet = isSymbol || /^o?$/.test(words) || !/[\p{L}\p{N}]/u.test(words);
  return { name: isBullet ? "ul" : numberOf(words) ? "ol" : "", marker: words };
}

// PowerPoint marks the bullet alone.
function asItem(marker) {
  const paragraph = rename(marker.parentElement, "p");
  paragraph.dataset.style = `mso-list:l0 level1;${styleOf(paragraph)}`;
  marker.dataset.style = "mso-list:ignore";
}

// Word in a browser puts each item into a list of its own.
function asParagraph(item) {
  const list = item.parentElement;
  const paragraph = rename(item.querySelector("p") ?? item, "p");
  const marker = paragraph.ownerDocument.createElement("span");
  marker.textContent = list.localName === "ol" ? `${list.start}.` : "•";
  if (list.localName === "ol") list.start += 1;
  marker.dataset.style = "mso-list:ignore";
  paragraph.dataset.style = `mso-list:l0 level${item.dataset.ariaLevel};${styleOf(paragraph)}`;
  paragraph.prepend(marker);
  const box = list.closest(".ListContainerWrapper") ?? list;
  box.before(paragraph);
  item.remove();
  if (!box.textContent.trim()) box.remove();
}

// Whether nothing but white space stands between the place of the last item and this paragraph.
function follows(place, paragraph) {
  let node = place.nextSibling;
  while (node && node !== paragraph && node.nodeType !== Node.ELEMENT_NODE && !node.textContent.trim()) node = node.nextSibling;
  return node === paragraph;
}
