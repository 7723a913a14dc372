// What other programs put on the clipboard, made into HTML that means the same.

import { captionsAsFigures } from "./schema.js";

const LIST = /mso-list:\s*l(\d+)\s+level(\d+)/i;
const NUMBERED = /^\s*(\d+|[a-zа-я]|[ivxlc]+)[.)]/i;

export function cleanPasted(html) {
  const root = new window.DOMParser().parseFromString(html.replace(/<!--\[if[\s\S]*?endif\]-->|<!\[if[^\]]*\]>|<!\[endif\]>/g, ""), "text/html").body;
  for (const junk of root.querySelectorAll("style, script, meta, link, title, xml")) junk.remove();
  wordLists(root);
  for (const node of [...root.querySelectorAll("*")]) {
    if (node.localName.includes(":")) node.replaceWith(...node.childNodes); // Word's <o:p>
    else if (node.localName === "a" && !node.getAttribute("href")) node.replaceWith(...node.childNodes); // bookmarks
  }
  if (/mso-|schemas-microsoft/.test(html)) {
    for (const node of root.querySelectorAll("[lang]")) node.removeAttribute("lang"); // of the keyboard, run by run
  }
  for (const paragraph of root.querySelectorAll("p")) {
    if (!paragraph.textContent.replace(/\u00a0/g, "").trim() && !paragraph.querySelector("img")) paragraph.remove();
  }
  return captionsAsFigures(root).innerHTML;
}

// Word writes a list as paragraphs that name their list and level, with the bullet as text.
function wordLists(root) {
  let open = []; // the lists that stand open, outermost first
  let last = null;
  for (const paragraph of [...root.querySelectorAll("p, h1, h2, h3, h4, h5, h6")]) {
    const found = LIST.exec(paragraph.getAttribute("style") ?? "");
    if (!found) continue;
    const marker = [...paragraph.querySelectorAll("span")].find((span) => /mso-list:\s*ignore/i.test(span.getAttribute("style") ?? ""));
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
