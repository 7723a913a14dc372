// Pictures of a pasted text on their way into the library.  Each leaves a place in the text that it takes when it is there.

import { PENDING } from "./schema.js";
import { send } from "./upload.js";

const OF_LIBRARY = /^(?:https?:\/\/[^/?#]*)?(\/media\/[0-9a-f]{20}-\d+x\d+\.(?:jpg|png))$/;
const REPEATED = /\{(?:\\\*)?\\(?:nonshppict|shprslt|listpicture|background)\b/g; // the same for older programs; bullets; paper
const PICTURE = /\{\\pict\b/g;
const SHAPE = /<v:\w+\s[^>]*?\bid="?([^"\s>]+)(?:(?!<v:\w+\s[^>]*?\bid=)[\s\S])*?<v:imagedata/gi;
const TWIPS_PER_CENT = 1500; // a pixel has 15 twips
const TYPES = { png: "image/png", jpeg: "image/jpeg" };

let sending = Promise.resolve();
let count = 0;
let made = 0; // files, whose numbers tell them apart in the library
const found = new Map(); // address of a place: a promise of the file

// Until every picture is in the library, or has been left out.
export const allSent = () => sending;

// Marks the places of the pictures that can be sent; `data` is the clipboard or what was dropped.  Tells how many cannot.
export function takePictures(root, data) {
  const left = { elsewhere: 0, missing: 0 };
  const images = [...root.querySelectorAll("img")].filter((image) => !isPixel(image));
  const local = images.filter((image) => /^(file|cid|blob|webkit-fake-url|applewebdata):/i.test(sourceOf(image)));
  const ofWord = fromRichText(data?.getData("text/rtf") ?? "", local, root) ?? fromFiles(data, local.length);
  for (const image of root.querySelectorAll("img")) {
    const own = OF_LIBRARY.exec(sourceOf(image));
    if (own) image.setAttribute("src", own[1]);
    else if (!images.includes(image)) image.remove();
    else take(image, local.includes(image) ? ofWord[local.indexOf(image)] : fetched(sourceOf(image)), left);
  }
  return left;
}

const sourceOf = (image) => image.getAttribute("src") ?? "";
const isPixel = (image) => [image.getAttribute("width"), image.getAttribute("height")].some((size) => /^[012]$/.test(size));

function take(image, file, left) {
  if (!file) {
    left[/^https?:/i.test(sourceOf(image)) ? "elsewhere" : "missing"] += 1;
    return image.remove();
  }
  const place = `${PENDING}#${(count += 1)}`;
  found.set(place, file);
  image.setAttribute("src", place);
  if (/[\\/]|\.(png|jpe?g|gif|bmp|tiff?)$/i.test(image.alt)) image.alt = ""; // the name of a file
  const line = image.closest("p");
  if (line && !line.textContent.trim() && line.querySelectorAll("img").length === 1) asFigure(line, image);
}

function asFigure(line, image) {
  const figure = line.ownerDocument.createElement("figure");
  const caption = line.ownerDocument.createElement("figcaption");
  const below = line.nextElementSibling;
  if (below?.classList.contains("MsoCaption")) {
    caption.append(...below.childNodes);
    below.remove();
  }
  line.replaceWith(figure);
  figure.append(image, caption);
}

// A picture that is its own address, or that lies on this site; none for any other.
function fetched(address) {
  if (/^data:/i.test(address)) return fromDataAddress(address);
  if (!address.startsWith(`${location.origin}/`) && !/^\/(?!\/)/.test(address)) return null;
  return fetch(address).then(async (response) => new File([await response.blob()], address.split(/[/?#]/).at(-1)));
}

// Not by fetch(), which the content policy allows for this site alone.
function fromDataAddress(address) {
  const [, type, base64, data] = /^data:(image\/[a-z+.-]+)[^,]*?(;base64)?,([\s\S]*)$/i.exec(address) ?? [];
  if (!type) return null;
  try {
    const bytes = base64 ? atob(data.replace(/\s/g, "")) : decodeURIComponent(data);
    return file(Uint8Array.from(bytes, (sign) => sign.charCodeAt(0)), type);
  } catch {
    return null;
  }
}

const file = (bytes, type) => new File([bytes], `${(made += 1)}.${type.split("/")[1]}`, { type });

// Word's HTML names files on its own disk; its RTF holds the same pictures in the same order, but for drawn shapes and
// linked files.  If there are more or fewer, those come that only one of the images has the size of.  Undefined for others.
function fromRichText(rtf, images, root) {
  const pictures = picturesIn(rtf);
  if (!pictures.length) return null;
  const drawn = shapes(root);
  const wanted = images.filter((image) => !drawn(image));
  const isSure = wanted.length === pictures.length;
  const onlyOne = (list) => (list.length === 1 ? list[0] : undefined);
  const bySize = (image) => {
    const fitting = onlyOne(pictures.filter((picture) => fits(image, picture)));
    return fitting && onlyOne(wanted.filter((other) => fits(other, fitting))) && fitting;
  };
  return images.map((image) => (isSure ? pictures[wanted.indexOf(image)] : bySize(image))?.file);
}

// Whether an image stands for something that Word draws, which its RTF holds no picture of.
function shapes(root) {
  const comments = root.ownerDocument.createNodeIterator(root, NodeFilter.SHOW_COMMENT);
  const withPicture = new Set();
  for (let comment; (comment = comments.nextNode()); ) for (const [, id] of comment.data.matchAll(SHAPE)) withPicture.add(id);
  return (image) => withPicture.size > 0 && image.hasAttribute("v:shapes") && !image.getAttribute("v:shapes").split(" ").some((id) => withPicture.has(id));
}

const fits = (image, { width, height }) => [["width", width], ["height", height]].every(([name, size]) => Math.abs(image.getAttribute(name) - size) < 2);

// The pictures of an RTF file (version 1.9.1, "Pictures"), each with the size at which it is shown, in pixels.
function picturesIn(rtf) {
  let kept = "", end = 0;
  for (const { index } of rtf.matchAll(REPEATED)) {
    if (index < end) continue;
    kept += rtf.slice(end, index);
    end = endOfGroup(rtf, index);
  }
  kept += rtf.slice(end);
  return [...kept.matchAll(PICTURE)].map(({ index }) => {
    const group = kept.slice(index, endOfGroup(kept, index));
    const number = (name, other) => Number(new RegExp(`\\\\${name}(\\d+)`).exec(group)?.[1] ?? other);
    const size = (side, axis) => (number(`pic${side}goal`, 0) * number(`picscale${axis}`, 100)) / TWIPS_PER_CENT;
    return { width: size("w", "x"), height: size("h", "y"), file: blip(group) };
  });
}

function endOfGroup(rtf, start) {
  const sign = /\\[\\{}]|[{}]/g;
  sign.lastIndex = start;
  let depth = 0;
  do depth += { "{": 1, "}": -1 }[sign.exec(rtf)?.[0] ?? "}"] ?? 0;
  while (depth > 0);
  return sign.lastIndex || rtf.length;
}

function blip(group) {
  const type = TYPES[/\\(png|jpeg)blip/.exec(group)?.[1]];
  const begin = Math.max(group.lastIndexOf("\\"), group.lastIndexOf("}", group.length - 2));
  const hex = group.slice(begin, -1).replace(/^\}|^\\[a-z]+-?\d*/, "").replace(/\s/g, "");
  return type && /^[\da-f]{20,}$/i.test(hex) ? file(Uint8Array.from(hex.match(/../g), (byte) => Number.parseInt(byte, 16)), type) : undefined;
}

function fromFiles(data, wanted) {
  const files = [...(data?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
  return files.length === wanted ? files : [];
}

// Sends what has a place in the editor's document, one after the other; `report` is told how many are left, and errors.
export function sendPending(view, address, report) {
  const waiting = [];
  view.state.doc.descendants((node) => {
    if (found.has(node.attrs.src)) waiting.push([node.attrs.src, found.get(node.attrs.src)]);
  });
  for (const [place] of waiting) found.delete(place);
  const every = async () => {
    for (const [index, [place, promise]] of waiting.entries()) {
      report.sending(waiting.length - index);
      const { picture, error } = await sent(promise, address);
      replace(view, place, picture);
      if (!picture) report.refused(error);
    }
    if (waiting.length) report.sending(0);
  };
  sending = sending.then(every);
}

async function sent(promise, address) {
  try {
    return await send(await promise, address, document.createElement("progress"));
  } catch {
    return {}; // it could not be fetched
  }
}

// The picture in its place, wherever that has moved; without one the place goes.
function replace(view, place, picture) {
  const { tr, doc } = view.state;
  doc.descendants((node, position) => {
    if (node.attrs.src !== place) return;
    const at = tr.mapping.map(position);
    const alt = node.attrs.alt || picture?.alt[view.dom.lang] || "";
    if (picture) return void tr.setNodeMarkup(at, null, { ...node.attrs, src: picture.url, alt, width: null, height: null });
    const parent = doc.resolve(position).parent;
    const isAlone = parent.type.name === "figure" && !parent.textContent;
    if (isAlone) tr.delete(at - 1, at - 1 + parent.nodeSize);
    else tr.delete(at, at + node.nodeSize);
  });
  if (tr.docChanged) view.dispatch(tr.setMeta("addToHistory", false));
}
