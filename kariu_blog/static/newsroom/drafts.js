// What is typed is kept twice: at once on this device, and soon after on the server beside the saved text.
// Both survive a closed tab, a lost connection and an expired session; a save makes both superfluous.

import { allSent } from "./pasted_pictures.js";

const PAUSE_MS = 1200;
const RETRY_MS = 5000;
const SAID_ALWAYS = ["csrf_token", "form_key", "writer"];

export function keepDrafts(form, owner, status) {
  const address = form.dataset.draft;
  const key = `kariu-draft:${owner}:${form.elements.form_key.value}`;
  let timer = 0;
  let generation = 0; // of what was typed
  let kept = 0; // the one that the server has
  let isHere = true; // whether this device has the present one
  let isLeaving = false;
  let sending = Promise.resolve();

  const say = (words, isError = false) => {
    if (status.textContent !== words) status.textContent = words;
    status.classList.toggle("trouble", isError);
  };

  // By language, or "" for what all share: only what was changed on this page is kept, so that another page of
  // the same person, or another person, is not overwritten with what was merely shown here.
  const initial = new Map(fields());
  const changedParts = new Set();
  const partOf = (name) => /^(\w\w)-/.exec(name)?.[1] ?? "";

  function fields() {
    return [...new FormData(form)].filter(([name]) => !SAID_ALWAYS.includes(name));
  }

  function changedFields() {
    const present = new Map(fields()); // without the boxes that are not ticked
    for (const name of [...initial.keys(), ...present.keys()]) {
      if (initial.get(name) !== present.get(name)) changedParts.add(partOf(name));
    }
    return fields().filter(([name]) => changedParts.has(partOf(name)));
  }

  // A copy is here only while the server does not have it: then it is newer, whatever any clock says.
  function restore() {
    const copy = device.get(key);
    const isNew = (name) => typeof copy[name] === "string" && form.elements.namedItem(name) && copy[name] !== form.elements[name].value;
    const names = Object.keys(copy ?? {}).filter(isNew);
    if (!names.length) return;
    for (const name of names) setField(form.elements[name], copy[name]);
    form.querySelector(".restored").hidden = false;
    changed();
  }

  function changed() {
    generation += 1;
    isHere = device.set(key, Object.fromEntries(changedFields())); // without room the server's copy will do
    say(form.dataset.typing);
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE_MS);
  }

  // Sends what is typed to be kept on the server, once that is done with what was sent before; whether it was.
  function send() {
    clearTimeout(timer);
    sending = sending.then(sendNow);
    return sending;
  }

  async function sendNow() {
    clearTimeout(timer);
    const sent = generation;
    try {
      const response = await post();
      if (response.ok) {
        kept = sent;
        const { message } = await response.json();
        if (generation === sent) {
          device.remove(key);
          say(message);
        }
        form.querySelector(".sign-in").hidden = true;
        return true;
      }
      if (response.status === 401) say(form.dataset.signedOut, true);
      else if (response.status === 409) say(form.dataset.otherPerson, true);
      else if (response.status === 413) say(form.dataset.tooMuch, true);
      else if (response.status === 422) say((await response.json()).message, true);
      else say(form.dataset.unavailable, true);
      form.querySelector(".sign-in").hidden = response.status !== 401 && response.status !== 409;
      if (isLeaving && [400, 403, 404, 413, 422].includes(response.status)) return true; // the answer to the form says more
    } catch {
      say(form.dataset.offline, true);
    }
    if (!isLeaving) timer = setTimeout(send, RETRY_MS);
    return false;
  }

  async function post(isSecond = false) {
    const body = new FormData();
    for (const name of SAID_ALWAYS) body.append(name, form.elements[name].value);
    for (const [name, value] of changedFields()) body.append(name, value);
    const response = await fetch(address, { method: "POST", body });
    if (response.status !== 400 || isSecond) return response;
    await renewToken(); // signed in again in another tab
    return post(true);
  }

  async function renewToken() {
    const page = await fetch(form.action); // which opens the form when it is not sent
    const found = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrf_token]");
    if (found) for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = found.value;
  }

  form.addEventListener("input", changed);
  addEventListener("online", () => generation > kept && send());
  addEventListener("focus", () => generation > kept && send());
  document.addEventListener("visibilitychange", () => document.hidden && generation > kept && !isLeaving && send());
  addEventListener("beforeunload", (event) => {
    if (generation > kept && !isHere && !isLeaving) event.preventDefault();
  });

  // A form is sent only when the server has taken it as a draft: what then goes wrong loses nothing.
  form.addEventListener("submit", async (event) => {
    if (isLeaving) return;
    event.preventDefault();
    const { submitter } = event;
    for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
    submitter?.classList.add("busy");
    isLeaving = true;
    await allSent(); // pictures that were pasted
    changed();
    if (await send()) return form.requestSubmit(submitter);
    isLeaving = false;
    timer = setTimeout(send, RETRY_MS);
    for (const button of form.querySelectorAll("button[type=submit]")) button.removeAttribute("aria-disabled");
    submitter?.classList.remove("busy");
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload()); // back from where it was sent

  forgetSaved(owner);
  restore();
  return changed;
}

// What this device keeps, where it may and can keep anything.
const device = {
  get(key) {
    try {
      const found = JSON.parse(localStorage.getItem(key) ?? "null");
      return typeof found === "object" ? found : null;
    } catch {
      return null; // no permission, or damaged
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },
  remove(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing is kept here
    }
  },
};

function setField(field, value) {
  if (field.type === "checkbox") field.checked = true;
  else field.value = value;
  field.dispatchEvent(new CustomEvent("restored"));
}

// The page after a save names the form that was saved.
export function forgetSaved(owner) {
  const here = new URL(location.href);
  const saved = here.searchParams.get("saved");
  if (!saved) return;
  device.remove(`kariu-draft:${owner}:${saved}`);
  here.searchParams.delete("saved");
  history.replaceState(null, "", here);
}
