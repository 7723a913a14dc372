// The newsroom's pages beyond plain HTML.  Each part looks for its element and does nothing without it.

import { cover } from "./cover.js";
import { forgetSaved, keepDrafts } from "./drafts.js";
import { richText } from "./editor.js";

const owner = document.querySelector("[data-owner]")?.dataset.owner;
const form = document.querySelector("form.editor");
if (form) {
  tabs(form);
  let changed = () => form.dispatchEvent(new Event("input"));
  for (const field of form.querySelectorAll("textarea[data-html]")) {
    if (field.matches(":disabled")) continue;
    const editor = richText(field, () => changed());
    field.addEventListener("restored", () => editor.set(field.value));
  }
  const choice = form.querySelector(".cover-choice");
  if (choice) cover(choice, () => changed());
  changed = form.dataset.draft ? keepDrafts(form, owner, form.querySelector(".draft-state")) : warnOfLoss(form);
  shortcuts(form);
  errorLinks();
  // Browsers bring the cursor into view, and not all of its field.
  form.addEventListener("focusin", ({ target }) => target.clientHeight < 64 && target.scrollIntoView({ block: "nearest" }));
} else {
  forgetSaved(owner);
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.done;
  });
}

// A form without drafts: leaving it with something typed is asked about.
function warnOfLoss(form) {
  let isTyped = false;
  const changed = () => (isTyped = true);
  form.addEventListener("input", changed);
  form.addEventListener("submit", () => (isTyped = false));
  addEventListener("beforeunload", (event) => isTyped && event.preventDefault());
  return changed;
}

// On a narrow screen one language at a time, by tabs; on a wide one those that are chosen, side by side.
function tabs(form) {
  const list = form.querySelector(".tabs");
  const columns = form.querySelector(".columns");
  const toggles = columns ? [...columns.querySelectorAll("button")] : [];
  const buttons = [...list.querySelectorAll("[role=tab]")];
  const panes = buttons.map((tab) => document.getElementById(tab.getAttribute("aria-controls")));
  const isNarrow = matchMedia("(width < 64rem)");
  let shown = (columns && remembered("columns")) ?? [true, true, true];
  let chosen = Math.max(0, panes.findIndex((pane) => pane.querySelector("[aria-invalid]")));

  function show() {
    list.hidden = !isNarrow.matches;
    if (columns) columns.hidden = isNarrow.matches;
    for (const [index, tab] of buttons.entries()) {
      tab.setAttribute("aria-selected", String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
      toggles[index]?.setAttribute("aria-pressed", String(shown[index]));
      panes[index].hidden = isNarrow.matches ? index !== chosen : !shown[index];
    }
  }
  function toggle(index) {
    const others = shown.map((isShown, at) => (at === index ? !isShown : isShown));
    if (others.includes(true)) shown = others;
    remember("columns", shown);
    show();
  }
  for (const [index, button] of toggles.entries()) button.addEventListener("click", () => toggle(index));
  function choose(index) {
    chosen = (index + buttons.length) % buttons.length;
    show();
  }
  for (const [index, tab] of buttons.entries()) {
    tab.addEventListener("click", () => choose(index));
    tab.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (!step) return;
      choose(chosen + step);
      buttons[chosen].focus();
    });
  }
  for (const link of form.querySelectorAll(".standing a")) {
    const pane = document.getElementById(link.hash.slice(1));
    link.addEventListener("click", () => pane.dispatchEvent(new Event("reveal", { bubbles: true })));
  }
  form.addEventListener("reveal", ({ target }) => {
    const index = panes.findIndex((pane) => pane.contains(target));
    if (index < 0) return;
    shown[index] = true;
    choose(index);
  });
  isNarrow.addEventListener("change", show);
  show();
}

// What this device remembers of a person's habits; without storage, or with nonsense in it, nothing.
function remembered(name) {
  try {
    const value = JSON.parse(localStorage.getItem(`habit-${name}`));
    return Array.isArray(value) && value.length === 3 && value.includes(true) ? value.map(Boolean) : null;
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`habit-${name}`, JSON.stringify(value));
  } catch {
    // the habit lasts as long as the page
  }
}

// A link of the list of errors leads to its field, also in another tab, in a closed part, or behind the editor.
function errorLinks() {
  for (const link of document.querySelectorAll(".errors a")) {
    link.addEventListener("click", (event) => {
      const field = document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      field.dispatchEvent(new Event("reveal", { bubbles: true }));
      const closed = field.closest("details");
      if (closed) closed.open = true;
      const around = field.parentElement;
      const shown = field.hidden ? around.querySelector("[contenteditable]") ?? around.querySelector("button") : field;
      shown.focus();
      shown.scrollIntoView({ block: "center" });
    });
  }
}

// Ctrl+S saves; Ctrl+Enter publishes, or asks for review, in the language where the cursor is.
function shortcuts(form) {
  form.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const pane = event.target.closest(".pane");
    const button =
      event.code === "KeyS" ? form.querySelector("[data-act=save]")
      : event.key === "Enter" ? pane?.querySelector("[data-act=publish]")
      : null;
    if (!button || event.repeat) return;
    event.preventDefault();
    form.requestSubmit(button);
  }, true);
}
