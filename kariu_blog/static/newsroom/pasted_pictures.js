// Pictures of a pasted text on their way into the library.  Each leaves a place in the text that it takes when it is there.

import { PENDING } from "./schema.js";
import { send } from "./upload.js";

const OF_LIBRARY = /^(?:https?:\/\/[^/?#]*)?(\/media\/[0-9a-f]{20}-\d+x\d+\.(?:jpg|png))$/;
const BLIP = /\\(png|jpeg|emf|wmetafile|dib)[a-z]*\d*(?:\\[a-z]+-?\d*\s?|\{[^{}]*\}|\s)*([\da-f\s]{20,})\}/gi;
const REPEATED = /\{\\nonshppict\s*\{\\pict[\s\S]*?\}\s*\}/g; // the same picture for older programs
const TYPES = { png: "image/png", jpeg: "image/jpeg" };

let sending = Promise.resolve();
let count = 0;
const found = new Map(); // address of a place: a promise of the file

// Until every picture is in the library, or has been left out.
export const allSent = () => sending;

// Marks the places of the pictures that can be sent; `data` is the clipboard or what was dropped.  Tells how many cannot.
export function takePictures(root, data) {
  const left = { elsewhere: 0, missing: 0 };
  const images = [...root.querySelectorAll("img")].filter((image) => !isPixel(image));
  const local = images.filter((image) => /^(file|cid|blob|webkit-fake-url|applewebdata):/i.test(sourceOf(image)));
  const ofWord = fromRichText(data?.getData("text/rtf") ?? "", local.length) ?? fromFiles(data, local.length);
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

const file = (bytes, type) => new File([bytes], `${count + 1}.${type.split("/")[1]}`, { type });

// Word's HTML names files on its own disk; its RTF holds the same pictures in the same order.  None if they are others.
function fromRichText(text, wanted) {
  const pictures = [...text.replace(REPEATED, "").matchAll(BLIP)];
  if (!wanted || pictures.length !== wanted) return null;
  return pictures.map(([, kind, hex]) => {
    const type = TYPES[kind.toLowerCase()];
    return type && file(Uint8Array.from(hex.replace(/\s/g, "").match(/../g), (byte) => Number.parseInt(byte, 16)), type);
  });
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
