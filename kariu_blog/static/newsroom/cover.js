// The cover is chosen among pictures that are seen, in the place of a list of their names, and described at once.

import { choosePicture } from "./picker.js";

export function cover(box, changed) {
  const select = box.querySelector("select");
  const choose = button(box.dataset.label);
  const clear = button(box.dataset.none);
  select.hidden = true;
  select.after(choose, clear);
  clear.hidden = select.value === "0";

  choose.addEventListener("click", async () => {
    const picture = await choosePicture(document.documentElement.lang);
    if (!picture) return;
    const chosen = String(picture[select.dataset.by ?? "id"]);
    if (![...select.options].some(({ value }) => value === chosen)) select.append(new Option(picture.name, chosen));
    set(chosen);
    ask(picture.alt);
    const image = new Image();
    image.src = picture.thumbnail;
    image.alt = picture.alt[document.documentElement.lang] || picture.name;
    image.className = "thumb";
    box.append(image);
  });
  clear.addEventListener("click", () => {
    set("0");
    ask(null);
  });
  select.addEventListener("restored", () => (clear.hidden = select.value === "0"));

  // Asks for the descriptions that are missing, the first one where the cursor goes; for none without a picture.
  function ask(known) {
    const missing = [...box.parentElement.querySelectorAll(".cover-alts [data-language]")].filter((part) => {
      const field = part.querySelector("textarea");
      field.value = "";
      part.hidden = !known || Boolean(known[part.dataset.language]);
      return !part.hidden;
    });
    missing[0]?.querySelector("textarea").focus();
  }

  function set(id) {
    select.value = id;
    clear.hidden = id === "0";
    for (const shown of box.querySelectorAll("picture, img, a")) shown.remove();
    changed();
  }
}

function button(words) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = words;
  return made;
}
