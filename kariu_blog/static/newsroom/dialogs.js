// The questions that the editor asks: where a link leads, which picture, what a picture shows.

import { choosePicture } from "./picker.js";

const find = (id) => document.getElementById(id);

// Opens a dialog; resolves to what its closing button returns, "" when it was dismissed.
function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

// {href, text}, with an empty href to take the link away; null when dismissed.
export async function chooseLink({ href, isNew, isTextNeeded }) {
  const dialog = find("link-dialog");
  const { href: address, text } = dialog.querySelector("form").elements;
  address.value = href;
  text.value = "";
  text.closest(".field").hidden = !isTextNeeded;
  dialog.querySelector("[value=remove]").hidden = isNew;
  address.oninput = () => address.setCustomValidity(LEADS_SOMEWHERE.test(withScheme(address.value.trim())) ? "" : dialog.dataset.refused);
  address.setCustomValidity("");
  const answer = await ask(dialog);
  if (answer === "remove") return { href: "" };
  const typed = address.value.trim();
  return answer === "ok" && typed ? { href: withScheme(typed), text: text.value.trim() } : null;
}

const LEADS_SOMEWHERE = /^(https?:|mailto:|tel:|[/#?]|$)/i; // what the server lets through

function withScheme(typed) {
  const isAddress = /^[^\s/:@]+:\d+([/?#]|$)/.test(typed); // a host with a port, not a scheme
  if (!typed || (!isAddress && /^([a-z][a-z0-9+.-]*:|[/#?])/i.test(typed))) return typed;
  return /^[^\s/@]+@[^\s/@]+$/.test(typed) ? `mailto:${typed}` : `https://${typed}`;
}

// The new alt text; null when dismissed.
export async function describePicture({ src, alt }) {
  const dialog = find("alt-dialog");
  const { alt: field } = dialog.querySelector("form").elements;
  dialog.querySelector(".shown").replaceChildren(Object.assign(new Image(), { src, alt: "" }));
  field.value = alt ?? "";
  return (await ask(dialog)) === "ok" ? field.value.trim() : null;
}

// {address, title, picture}: a picture of the library or none; null when dismissed.
export async function describeFilm({ address, title, isAddress }) {
  const dialog = find("film-dialog");
  const { href, title: words } = dialog.querySelector("form").elements;
  const [shown, choose] = [dialog.querySelector(".shown"), dialog.querySelector("[data-choose]")];
  let picture = null;
  href.value = address;
  words.value = title;
  shown.replaceChildren();
  href.oninput = () => href.setCustomValidity(isAddress(href.value.trim()) ? "" : dialog.dataset.refused);
  href.oninput();
  choose.onclick = async () => {
    picture = (await choosePicture(document.documentElement.lang)) ?? picture;
    if (picture) shown.replaceChildren(Object.assign(new Image(), { src: picture.thumbnail, alt: picture.name }));
  };
  return (await ask(dialog)) === "ok" ? { address: href.value.trim(), title: words.value.trim(), picture } : null;
}
