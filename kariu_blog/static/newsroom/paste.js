// What other programs put on the clipboard, made into HTML that means the same.

import { captionsAsFigures } from "./schema.js";

const LIST = /mso-list:\s*l(\d+)\s+level(\d+)/i;
const NUMBERED = /^\s*(\d+|[a-zа-я]|[ivxlc]+)[.)]/i;
const UNSEEN = /<style[\s\S]*?<\/style\s*>|<!--\[if[\s\S]*?endif\]-->|<!\[if[^\]]*\]>|<!\[endif\]>/gi;
const JUNK = "script, meta, link, title, xml";

const styleOf = (node) => node.getAttribute("data-style") ?? "";

export function cleanPasted(html) {
  const root = parsed(html);
  for (const junk of root.querySelectorAll(JUNK)) junk.remove();
  if (/mso-|schemas-microsoft/.test(html)) {
    for (const node of root.querySelectorAll("[lang]")) node.removeAttribute("lang"); // of the keyboard, run by run
  }
  wordLists(root);
  for (const pre of root.querySelectorAll("pre")) breakLines(pre);
  for (const node of [...root.querySelectorAll("*")]) {
    const isBookmark = node.localName === "a" && !node.getAttribute("href");
    if (node.localName.includes(":") || isBookmark) node.replaceWith(...node.childNodes); // Word's <o:p>
    else styled(node);
  }
  for (const paragraph of root.querySelectorAll("p")) {
    if (!paragraph.textContent.replace(/\u00a0/g, "").trim() && !paragraph.querySelector("img")) paragraph.remove();
  }
  return captionsAsFigures(root).innerHTML;
}

// The content policy forbids styles and handlers also where nothing is shown: they are renamed before parsing.
function parsed(html) {
  const renamed = html.replace(UNSEEN, "").replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\s(style|on[a-z]+)\s*=/gi, " data-$1="));
  return new window.DOMParser().parseFromString(renamed, "text/html").body;
}

// Google's documents and others say bold and italic by style alone, and take <b> for something else.
function styled(node) {
  const style = styleOf(node);
  if (!style) return;
  node.removeAttribute("data-style");
  if (node.localName === "b" && /(^|[;\s])font-weight:\s*(normal|400)/i.test(style)) return node.replaceWith(...node.childNodes);
  if (node.localName !== "span") return;
  for (const [name, pattern] of [["strong", /font-weight:\s*(bold|[6-9]00)/i], ["em", /font-style:\s*italic/i]]) {
    if (!pattern.test(style)) continue;
    const mark = node.ownerDocument.createElement(name);
    mark.append(...node.childNodes);
    node.append(mark);
  }
}

// Line ends count in it.
function breakLines(pre) {
  const { ownerDocument } = pre;
  const walker = ownerDocument.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  if (texts.length) texts.at(-1).data = texts.at(-1).data.replace(/\r?\n$/, "");
  for (const text of texts) {
    const [first, ...lines] = text.data.split(/\r?\n/);
    text.after(...lines.flatMap((line) => [ownerDocument.createElement("br"), line]));
    text.data = first;
  }
  const paragraph = ownerDocument.createElement("p");
  paragraph.append(...pre.childNodes);
  pre.replaceWith(paragraph);
}

// Word writes a list as paragraphs that name their list and level, with the bullet as text.
function wordLists(root) {
  let open = []; // the lists that stand open, outermost first
  let last = null;
  for (const paragraph of [...root.querySelectorAll("p, h1, h2, h3, h4, h5, h6")]) {
    const found = LIST.exec(styleOf(paragraph));
    if (!found) continue;
    const marker = [...paragraph.querySelectorAll("span")].find((span) => /mso-list:\s*ignore/i.test(styleOf(span)));
    const name = NUMBERED.test(marker?.textContent ?? "") ? "ol" : "ul";
    marker?.remove();
    const level = Number(found[2]);
    if (!last || !follows(last, paragraph)) open = [];
    open = open.slice(0, level);
    if (open.length < level || (open[level - 1].localName !== name && level === open.length)) {
      const list = root.ownerDocument.createElement(name);
      const parent = open[Math.min(open.length, level - 1) - 1]?.lastElementChild;
      open = open.slice(0, level - 1);
      if (parent) parent.append(list);
      else paragraph.before(list);
      open.push(list);
    }
    const item = root.ownerDocument.createElement("li");
    item.append(...paragraph.childNodes);
    open.at(-1).append(item);
    last = root.ownerDocument.createComment("");
    paragraph.replaceWith(last);
  }
}

// Whether nothing but white space stands between the place of the last item and this paragraph.
function follows(place, paragraph) {
  let node = place.nextSibling;
  while (node && node !== paragraph && node.nodeType !== Node.ELEMENT_NODE && !node.textContent.trim()) node = node.nextSibling;
  return node === paragraph;
}
