// The cover is chosen among pictures that are seen, in the place of a list of their names.

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
    if (![...select.options].some(({ value }) => value === String(picture.id))) select.append(new Option(picture.name, picture.id));
    set(picture.id);
    const image = new Image();
    image.src = picture.thumbnail;
    image.alt = picture.alt[document.documentElement.lang] || picture.name;
    image.className = "thumb";
    box.append(image);
  });
  clear.addEventListener("click", () => set(0));
  select.addEventListener("restored", () => (clear.hidden = select.value === "0"));

  function set(id) {
    select.value = id;
    clear.hidden = id === 0;
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
