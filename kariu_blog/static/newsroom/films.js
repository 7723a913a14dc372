// Films on other sites: a paragraph that is nothing but a link to one, or a figure whose picture links to one.
// Which addresses are films is said in kariu_blog/text/films.py, and stands in the toolbar.

import { Decoration, DecorationSet, Plugin } from "../vendor/prosemirror.js";
import { describeFilm } from "./dialogs.js";
import { insertBlock, linkedFigure } from "./pictures.js";
import { schema } from "./schema.js";

const { nodes, marks } = schema;
const ADDRESS = new RegExp(`^(?:${document.getElementById("toolbar")?.content.firstElementChild.dataset.films})$`);
export const isAddress = (words) => ADDRESS.test(words);

// The address that a paragraph leads to, if that is a film and all that it holds; a figure's likewise.
function addressOf(node) {
  if (node.type === nodes.figure && node.childCount) return addressIn(node.firstChild);
  return node.type === nodes.paragraph && node.childCount === 1 ? addressIn(node.firstChild) : "";
}

function addressIn(child) {
  const href = child.marks.find(({ type }) => type === marks.link)?.attrs.href ?? "";
  return isAddress(href) ? href : "";
}

export const isFilm = (node) => Boolean(addressOf(node));

const kindOf = (node) => (isFilm(node) ? "film" : node.firstChild?.type === nodes.figure ? "gallery" : "");

// Shows films and galleries as what they are.
export const kinds = new Plugin({
  props: {
    decorations({ doc }) {
      const found = [];
      doc.descendants((node, position) => {
        const name = kindOf(node);
        if (name) found.push(Decoration.node(position, position + node.nodeSize, { class: name }));
      });
      return DecorationSet.create(doc, found);
    },
  },
});

const withScheme = (address) => (/^https?:/.test(address) ? address : `https://${address}`);

function filmParagraph(address, title) {
  return nodes.paragraph.create(null, schema.text(title || address, [marks.link.create({ href: withScheme(address) })]));
}

export async function addFilm(_state, _dispatch, view) {
  const { $from } = view.state.selection;
  const known = $from.depth === 1 && addressOf($from.parent);
  const words = known ? $from.parent.textContent : "";
  const answer = await describeFilm({ address: known || "", title: words === known ? "" : words, isAddress });
  view.focus();
  if (!answer) return;
  const { address, title, picture } = answer;
  const film = picture ? linkedFigure(picture.url, picture.alt[view.dom.lang] || title, title, withScheme(address)) : filmParagraph(address, title);
  if (known) view.dispatch(view.state.tr.replaceWith($from.before(), $from.after(), film));
  else insertBlock(view, film);
}

// What is pasted is nothing but the address of a film.
export function insertFilm(view, data) {
  const words = data.getData("text/plain").trim();
  const { $from, empty } = view.state.selection;
  const isFree = empty && $from.depth === 1 && $from.parent.type === nodes.paragraph && !$from.parent.childCount;
  if (!isFree || !isAddress(words)) return false;
  insertBlock(view, filmParagraph(words, ""));
  return true;
}

// Enter after an address that is alone on its line.
export function filmOnItsLine({ selection: { $from, empty }, tr }, dispatch) {
  const words = $from.parent.textContent.trim();
  if (!empty || $from.depth !== 1 || $from.parent.type !== nodes.paragraph || isFilm($from.parent) || !isAddress(words)) return false;
  tr.replaceWith($from.before(), $from.after(), [filmParagraph(words, ""), nodes.paragraph.create()]);
  dispatch?.(tr.scrollIntoView());
  return true;
}
