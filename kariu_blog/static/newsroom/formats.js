// Bold, italic, struck, raised and lowered words of a pasted text, wherever its source says so.

export const BLOCKS = "p, h1, h2, h3, h4, h5, h6, ul, ol, li, dl, dt, dd, blockquote, table, caption, tr, td, th, figure, figcaption, hr, div, section, article";
const AROUND = "a, abbr, cite, code, mark, q, small, span";
const OF_TAG = {
  b: { bold: "b" },
  strong: { bold: "strong" },
  i: { italic: "i" },
  em: { italic: "em" },
  s: { struck: "s" },
  strike: { struck: "s" },
  del: { struck: "s" },
  sub: { shift: "sub" },
  sup: { shift: "sup" },
};
const FORMATS = Object.keys(OF_TAG).map((tag) => `${tag}:not([lang], [dir])`).join(); // one with a language stays as it is
const probe = document.createElement("i"); // takes styles apart; the content policy does not forbid that

// Puts each text into the formats that hold for it, and takes the elements away that said so.
export function formats(root) {
  const old = [...root.querySelectorAll(FORMATS)];
  apply(root, {});
  for (const node of old) node.replaceWith(...node.childNodes);
  for (const node of root.querySelectorAll("[data-style]")) delete node.dataset.style;
  for (const node of root.querySelectorAll("span:not([lang], [dir]), font")) node.replaceWith(...node.childNodes);
  join(root);
}

function apply(node, outer) {
  const own = { ...outer, ...ofTag(node), ...ofStyle(node, outer) };
  if (/^(h[1-6]|th)$/.test(node.localName)) own.isHeading = true;
  for (const child of [...node.childNodes]) {
    if (child.localName === "br" || (child.nodeType === Node.TEXT_NODE && /\S/.test(child.data))) wrap(child, own);
    else if (child.nodeType === Node.ELEMENT_NODE) apply(child, own);
  }
}

const ofTag = (node) => (node.matches(FORMATS) ? OF_TAG[node.localName] : {});

// A heading is bold anyway; a cell's vertical alignment is not its words'.
function ofStyle(node, outer) {
  const style = node.dataset.style;
  if (!style) return {};
  probe.style.cssText = style;
  const { fontWeight, fontStyle, verticalAlign, textDecorationLine } = probe.style;
  const found = { ...ofTag(node) };
  if (fontWeight) found.bold = /^(bold|bolder|[6-9]00)$/.test(fontWeight) && (found.bold || outer.bold || "strong");
  if (fontStyle) found.italic = /italic|oblique/.test(fontStyle) && (found.italic || outer.italic || "em");
  if (textDecorationLine.includes("line-through")) found.struck = "s";
  else if (textDecorationLine === "none" && found.struck) found.struck = "";
  if (/^(td|th|tr|table)$/.test(node.localName)) return found;
  const [, down] = /mso-text-raise\s*:\s*(-?)[\d.]*[1-9]/i.exec(style) ?? [];
  if (down !== undefined) found.shift = down ? "sub" : "sup";
  else if (/^(super|sub|-?[\d.]*[1-9][\d.]*(px|pt))$/.test(verticalAlign)) found.shift = /^(sub|-)/.test(verticalAlign) && verticalAlign !== "super" ? "sub" : "sup";
  else if (verticalAlign === "baseline" && found.shift) found.shift = "";
  return found;
}

function wrap(text, { bold, italic, struck, shift, isHeading }) {
  for (const name of [shift, struck, italic, isHeading ? "" : bold]) {
    if (!name) continue;
    const around = text.ownerDocument.createElement(name);
    text.replaceWith(around);
    around.append(text);
    text = around;
  }
}

// Elements side by side that say the same become one.
function join(root) {
  for (const node of root.querySelectorAll(`${FORMATS}, a`)) {
    while (node.nextSibling?.localName === node.localName && node.href === node.nextSibling.href) {
      node.append(...node.nextSibling.childNodes);
      node.nextSibling.remove();
    }
  }
}

// A link or the like around blocks goes onto the words of each.
export function ontoWords(root) {
  for (const node of [...root.querySelectorAll(AROUND)].reverse()) {
    if (!node.querySelector(BLOCKS)) continue;
    for (const box of [node, ...node.querySelectorAll(BLOCKS)]) wrapRuns(box, node);
    node.replaceWith(...node.childNodes);
  }
}

export function wrapRuns(box, around) {
  let run = [];
  const close = () => {
    if (run.some((node) => /\S/.test(node.textContent) || node.localName === "img" || node.querySelector?.("img"))) {
      const copy = around.cloneNode(false);
      run[0].before(copy);
      copy.append(...run);
    }
    run = [];
  };
  const isBlock = (node) => node.nodeType === Node.ELEMENT_NODE && (node.matches(BLOCKS) || node.querySelector(BLOCKS));
  for (const child of [...box.childNodes]) isBlock(child) ? close() : run.push(child);
  close();
}
