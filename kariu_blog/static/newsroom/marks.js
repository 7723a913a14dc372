// What has changed in another language, beside the paragraphs that have to follow.  A change that has no such place, or
// whose paragraph is deleted, stands above the text.

import * as pm from "../vendor/prosemirror.js";

export function marksBeside(field) {
  const changes = [...field.closest(".pane").querySelectorAll(".since li[data-place]")];
  const marks = new pm.Plugin({
    state: {
      init: (_config, { doc }) => pm.DecorationSet.create(doc, changes.flatMap((change) => beside(doc, change))),
      apply: (transaction, set) => set.map(transaction.mapping, transaction.doc),
    },
    props: { decorations: (state) => marks.getState(state) },
    view(view) {
      const update = () => {
        const shown = marks.getState(view.state).find().map(({ spec }) => spec.change);
        for (const change of changes) change.hidden = shown.includes(change);
        for (const list of new Set(changes.map((change) => change.parentElement))) {
          list.closest("details").hidden = [...list.children].every((change) => change.hidden);
        }
      };
      update();
      return { update };
    },
  });
  return marks;
}

function beside(doc, change) {
  const place = Number(change.dataset.place);
  if (place >= doc.childCount) return [];
  let at = 0;
  for (let index = 0; index < place; index++) at += doc.child(index).nodeSize;
  const note = () => {
    const mark = document.createElement("div");
    mark.setAttribute("role", "note");
    mark.className = "beside";
    mark.contentEditable = "false";
    mark.setAttribute("aria-label", change.closest("details").querySelector("summary").textContent.trim());
    mark.append(change.firstElementChild.cloneNode(true));
    return mark;
  };
  const end = at + doc.child(place).nodeSize;
  return [
    pm.Decoration.widget(at, note, { side: -1, ignoreSelection: true, stopEvent: () => true }),
    pm.Decoration.node(at, end, { class: "follows" }, { change }),
  ];
}
