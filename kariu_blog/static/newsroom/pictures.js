// Pictures of a text: each a figure with a caption; several may stand together as a gallery, a figure of figures.

import { TextSelection } from "../vendor/prosemirror.js";
import { choosePictures } from "./picker.js";
import { schema } from "./schema.js";

const { nodes } = schema;

export async function addPictures(view, files = []) {
  const { pictures, isGallery } = await choosePictures(view.dom.lang, files);
  view.focus();
  const figures = pictures.map(figureOf);
  if (isGallery) insertBlock(view, nodes.figure.create(null, [...figures, nodes.figcaption.create()]));
  else for (const figure of figures) insertBlock(view, figure);
}

function figureOf({ url, alt, caption, href = "" }) {
  const link = href ? [schema.marks.link.create({ href })] : [];
  const picture = nodes.picture.create({ src: url, alt }, null, link);
  return nodes.figure.create(null, [picture, nodes.figcaption.create(null, caption ? schema.text(caption) : null)]);
}

export const linkedFigure = (url, alt, caption, href) => figureOf({ url, alt, caption, href });

// Puts a block where the cursor is: in the place of an empty line, else before or after the paragraph, whichever is nearer.
export function insertBlock(view, block) {
  const { $from } = view.state.selection;
  const { tr } = view.state;
  const [start, end] = placeOf($from);
  tr.replaceWith(start, end, block);
  const below = tr.mapping.map(end);
  if (!tr.doc.resolve(below).nodeAfter) tr.insert(below, nodes.paragraph.create());
  view.dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(below), 1)).scrollIntoView());
}

function placeOf($from) {
  for (let depth = $from.depth; depth > 0; depth--) {
    if ($from.node(depth).type === nodes.figure) return [$from.after(depth), $from.after(depth)]; // in a gallery beside it
  }
  if (!$from.depth) return [$from.pos, $from.pos];
  if ($from.parent.type === nodes.paragraph && !$from.parent.childCount) return [$from.before(), $from.after()];
  const depth = $from.parent.type === nodes.paragraph ? $from.depth : 1;
  const isAtStart = $from.pos - $from.start(depth) < $from.end(depth) - $from.pos;
  const place = isAtStart ? $from.before(depth) : $from.after(depth);
  return [place, place];
}
