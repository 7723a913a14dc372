// The rich-text editor in the place of a text field.  The field goes on holding what is sent, and is
// written only when the person changes something: opening a text changes nothing.

import * as pm from "../vendor/prosemirror.js";
import { chooseFile } from "./documents.js";
import { chooseLink, describePicture } from "./dialogs.js";
import { addFilm, filmOnItsLine, insertFilm, isFilm, kinds } from "./films.js";
import { marksBeside } from "./marks.js";
import { cleanPasted, hasWords } from "./paste.js";
import { sendPending, takePictures } from "./pasted_pictures.js";
import { addPictures } from "./pictures.js";
import { fromHTML, schema, toHTML } from "./schema.js";
import { isPictureFile } from "./upload.js";

const { nodes, marks } = schema;

const onMark = (name, ...same) => {
  const all = [name, ...same].map((each) => marks[each]); // <b> is bold like <strong>
  return {
    run(state, dispatch) {
      const present = all.find((type) => isMarked(state, type));
      return pm.toggleMark(present ?? marks[name])(state, dispatch);
    },
    isActive: (state) => all.some((type) => isMarked(state, type)),
  };
};

function isMarked({ selection, storedMarks, doc }, type) {
  const { from, $from, to, empty } = selection;
  return empty ? Boolean(type.isInSet(storedMarks ?? $from.marks())) : doc.rangeHasMark(from, to, type);
}

const onBlock = (name) => ({
  run(state, dispatch) {
    const { lang, dir } = state.selection.$from.parent.attrs;
    return pm.setBlockType(nodes[name], { lang, dir })(state, dispatch);
  },
  isActive: ({ selection }) => selection.$from.parent.type === nodes[name],
});

const onWrap = (name, wrap) => ({
  run: (state, dispatch, view) => (isInside(state, nodes[name]) ? unwrap(name) : wrap)(state, dispatch, view),
  isActive: (state) => isInside(state, nodes[name]),
});
const unwrap = (name) => (name.endsWith("list") ? pm.liftListItem(nodes.list_item) : pm.lift);

function isInside({ selection: { $from } }, type) {
  for (let depth = $from.depth; depth > 0; depth--) if ($from.node(depth).type === type) return true;
  return false;
}

function insert(node, within = () => 1) {
  return (state, dispatch) => {
    if (dispatch) {
      const { tr } = state;
      tr.replaceSelectionWith(node);
      const start = tr.mapping.map(state.selection.from, -1);
      tr.setSelection(pm.TextSelection.near(tr.doc.resolve(Math.min(start + within(), tr.doc.content.size))));
      dispatch(tr.scrollIntoView());
    }
    return true;
  };
}

function newTable(rows = 3, columns = 3) {
  const row = (type) => nodes.table_row.create(
    { section: type === nodes.table_header ? "thead" : "tbody" },
    Array.from({ length: columns }, () => type.createAndFill(type === nodes.table_header ? { scope: "col" } : null)),
  );
  const body = Array.from({ length: rows - 1 }, () => row(nodes.table_cell));
  return nodes.table.create(null, [row(nodes.table_header), ...body]);
}

const undo = pm.chainCommands(pm.undoInputRule, pm.undo);
const plainCommand = (run) => ({ run, isActive: () => false });
const tableCommand = (run) => ({ ...plainCommand(run), isShown: pm.isInTable });
const listCommand = (run) => ({ ...plainCommand(run), isShown: (state) => isInside(state, nodes.list_item) });
const deeper = pm.sinkListItem(nodes.list_item);
const higher = pm.liftListItem(nodes.list_item);

async function editLink(state, _dispatch, view) {
  const range = linkAround(state);
  const answer = await chooseLink({ href: range?.mark.attrs.href ?? "", isNew: !range, isTextNeeded: !range && state.selection.empty });
  view.focus();
  if (answer === null) return;
  const { from, to } = range ?? state.selection;
  const { tr } = view.state;
  const isFigures = state.selection.node?.type === nodes.picture;
  const link = answer.href && marks.link.create({ ...range?.mark.attrs, href: answer.href });
  if (isFigures) link ? tr.addNodeMark(from, link) : tr.removeNodeMark(from, marks.link);
  else if (!link) tr.removeMark(from, to, marks.link);
  else {
    if (from === to) tr.insertText(answer.text || answer.href, from, to);
    tr.addMark(from, from === to ? from + (answer.text || answer.href).length : to, link);
  }
  view.dispatch(tr);
}

// The link that the cursor stands in, whole, or that begins the selection.
function linkAround({ selection: { $from } }) {
  const mark = marks.link.isInSet($from.marks()) ?? marks.link.isInSet($from.nodeAfter?.marks ?? []);
  if (!mark) return null;
  let from = null, to = null; // of the run of linked words that reaches the cursor
  $from.parent.forEach((child, offset) => {
    if (!mark.isInSet(child.marks)) return;
    if (offset === to) to += child.nodeSize;
    else if (to === null || to < $from.parentOffset) [from, to] = [offset, offset + child.nodeSize];
  });
  return { mark, from: $from.start() + from, to: $from.start() + to };
}

async function addFile(_state, _dispatch, view, files = []) {
  const { empty } = view.state.selection;
  const chosen = await chooseFile(view.dom.lang, files);
  view.focus();
  for (const { url, title, lang } of chosen) {
    const isNew = empty || chosen.length > 1;
    const link = marks.link.create({ href: url, lang: isNew ? lang : null });
    const { from, to } = view.state.selection;
    const tr = isNew ? view.state.tr.replaceSelectionWith(schema.text(title, [link]), false) : view.state.tr.addMark(from, to, link);
    view.dispatch(tr.scrollIntoView());
    if (chosen.length > 1) view.dispatch(view.state.tr.split(view.state.selection.from));
  }
}

async function editPicture(state, _dispatch, view) {
  const { from, node } = state.selection;
  const alt = await describePicture(node.attrs);
  view.focus();
  if (alt !== null) view.dispatch(view.state.tr.setNodeMarkup(from, null, { ...node.attrs, alt }));
}
const isPicture = (state) => state.selection instanceof pm.NodeSelection && [nodes.picture, nodes.image].includes(state.selection.node.type);

const commands = {
  paragraph: onBlock("paragraph"),
  h2: onBlock("h2"),
  h3: onBlock("h3"),
  h4: onBlock("h4"),
  strong: onMark("strong", "b"),
  em: onMark("em", "i"),
  s: onMark("s"),
  sub: onMark("sub"),
  sup: onMark("sup"),
  link: { run: editLink, isActive: (state) => isMarked(state, marks.link) },
  bullet_list: onWrap("bullet_list", pm.wrapInList(nodes.bullet_list)),
  ordered_list: onWrap("ordered_list", pm.wrapInList(nodes.ordered_list)),
  blockquote: onWrap("blockquote", pm.wrapIn(nodes.blockquote)),
  picture: plainCommand((_state, _dispatch, view) => addPictures(view)),
  file: plainCommand(addFile),
  film: { run: addFilm, isActive: ({ selection }) => isFilm(selection.$from.parent) },
  alt: { ...plainCommand(editPicture), isShown: isPicture },
  table: plainCommand((state, dispatch) => !pm.isInTable(state) && insert(newTable(), () => 4)(state, dispatch)),
  rule: plainCommand(insert(nodes.rule.create())),
  row: tableCommand(pm.addRowAfter),
  column: tableCommand(pm.addColumnAfter),
  delete_row: tableCommand(pm.deleteRow),
  delete_column: tableCommand(pm.deleteColumn),
  header: tableCommand(pm.toggleHeaderRow),
  deeper: listCommand(deeper),
  higher: listCommand(higher),
  delete_table: tableCommand(pm.deleteTable),
  undo: plainCommand(undo),
  redo: plainCommand(pm.redo),
};

const keys = {
  "Mod-b": commands.strong.run,
  "Mod-i": commands.em.run,
  "Mod-k": (state, dispatch, view) => Boolean(dispatch && editLink(state, dispatch, view)),
  "Mod-z": undo,
  Backspace: pm.undoInputRule,
  "Mod-y": pm.redo,
  "Shift-Mod-z": pm.redo,
  "Shift-Enter": insertBreak,
  Enter: pm.chainCommands(filmOnItsLine, leaveCaption, pm.splitListItem(nodes.list_item)),
  "Mod-]": deeper,
  "Mod-[": higher,
  Tab: (state, dispatch) => (pm.isInTable(state) ? pm.goToNextCell(1) : deeper)(state, dispatch),
  "Shift-Tab": (state, dispatch) => (pm.isInTable(state) ? pm.goToNextCell(-1) : higher)(state, dispatch),
};

// Enter under a picture goes on below it.
function leaveCaption({ selection: { $from }, doc, tr }, dispatch) {
  if ($from.parent.type !== nodes.figcaption) return false;
  const below = $from.after(-1);
  const next = doc.resolve(below).nodeAfter;
  if (!next?.isTextblock || next.childCount) tr.insert(below, nodes.paragraph.create());
  dispatch?.(tr.setSelection(pm.TextSelection.create(tr.doc, below + 1)).scrollIntoView());
  return true;
}

function insertBreak(state, dispatch) {
  dispatch?.(state.tr.replaceSelectionWith(nodes.line_break.create()).scrollIntoView());
  return true;
}

const rules = [
  pm.textblockTypeInputRule(/^##\s$/, nodes.h2),
  pm.textblockTypeInputRule(/^###\s$/, nodes.h3),
  pm.wrappingInputRule(/^\s*[-*•]\s$/, nodes.bullet_list),
  pm.wrappingInputRule(/^1[.)]\s$/, nodes.ordered_list),
  pm.wrappingInputRule(/^\s*>\s$/, nodes.blockquote),
].map((rule) => new pm.InputRule(rule.match, (state, ...found) => (isPlain(state) ? rule.handler(state, ...found) : null)));

// A paragraph of the text itself, not of a list, table, quotation or caption.
function isPlain({ selection: { $from } }) {
  return $from.depth === 1 && $from.parent.type === nodes.paragraph;
}

// The toolbar: one stop for the Tab key, arrows inside (ARIA Authoring Practices, toolbar).
function toolbar(bar, view) {
  const buttons = [...bar.querySelectorAll("[data-command]")];
  const isSelect = (control) => control.localName === "select";
  const run = (name) => {
    view.focus();
    commands[name].run(view.state, view.dispatch, view);
  };
  for (const control of buttons) {
    control.addEventListener("mousedown", (event) => !isSelect(control) && event.preventDefault()); // the selection stays
    control.addEventListener(isSelect(control) ? "change" : "click", () => run(isSelect(control) ? control.value : control.dataset.command));
  }
  const visible = () => buttons.filter((button) => !button.hidden);
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || (isSelect(event.target) && event.altKey)) return;
    const shown = visible();
    const next = shown[(shown.indexOf(document.activeElement) + step + shown.length) % shown.length];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
    event.preventDefault();
  });
  for (const [index, button] of buttons.entries()) button.tabIndex = index ? -1 : 0;

  return function show(state) {
    for (const control of buttons) {
      if (isSelect(control)) {
        control.value = [...control.options].map((option) => option.value).find((name) => commands[name].isActive(state)) ?? "";
        continue;
      }
      const { isActive, isShown } = commands[control.dataset.command];
      control.hidden = isShown ? !isShown(state) : false;
      if (control.hasAttribute("aria-pressed")) control.setAttribute("aria-pressed", String(isActive(state)));
    }
  };
}

let current = null; // the editor that had the focus last, else the first

// A file that is dropped beside the editors would replace the page, with all that is typed.
document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!current || event.defaultPrevented || !hasFiles(event)) return;
  event.preventDefault();
  insertFiles(current, [...event.dataTransfer.files]);
});
const hasFiles = ({ target, dataTransfer }) => dataTransfer.types.includes("Files") && !target.closest?.("input");

// `changed` is called after each change, when the field holds the new text.
export function richText(field, changed) {
  const label = document.querySelector(`label[for="${field.id}"]`);
  const error = document.getElementById(`${field.id}-error`);
  document.getElementById(`${field.id}-help`).hidden = true; // it tells how to type HTML
  const bar = document.getElementById("toolbar").content.firstElementChild.cloneNode(true);
  const place = document.createElement("div");
  place.className = "rich";
  field.before(place);
  const status = Object.assign(document.createElement("p"), { className: "pasting" });
  status.setAttribute("role", "status");
  place.append(bar, status);
  const reported = report(status, bar.dataset);
  let clipboard = null; // of what is being pasted or dropped
  const begin = (data) => {
    clipboard = data;
    reported.clear();
  };
  let show = () => {};
  const view = new pm.EditorView(place, {
    state: pm.EditorState.create({
      doc: fromHTML(field.dataset.html),
      plugins: [
        pm.inputRules({ rules }),
        pm.keymap(keys),
        pm.keymap(pm.baseKeymap),
        pm.history(),
        pm.dropCursor({ width: 2 }),
        pm.gapCursor(),
        pm.tableEditing(),
        kinds,
        marksBeside(field),
      ],
    }),
    attributes: {
      role: "textbox",
      "aria-multiline": "true",
      "aria-labelledby": (label.id ||= `${field.id}-label`),
      ...(error && { "aria-describedby": error.id }),
      ...(field.hasAttribute("aria-invalid") && { "aria-invalid": "true" }),
      lang: field.lang,
      class: "body",
    },
    handleDOMEvents: {
      paste: (_view, event) => begin(event.clipboardData),
      drop: (_view, event) => begin(event.dataTransfer),
      focus: (view) => void (current = view),
    },
    transformPastedHTML: (html) => cleanPasted(html, (root) => reported.left(takePictures(root, clipboard))),
    handlePaste: (view, event) => insertFilm(view, clipboard) || takeFiles(view, clipboard, event, reported),
    handleDrop: (view, event) => takeFiles(view, clipboard, event, reported, view.posAtCoords({ left: event.clientX, top: event.clientY })),
    handleDoubleClickOn: (view, _pos, node, at) => {
      if (![nodes.picture, nodes.image].includes(node.type)) return false;
      view.dispatch(view.state.tr.setSelection(pm.NodeSelection.create(view.state.doc, at)));
      editPicture(view.state, null, view);
      return true;
    },
    dispatchTransaction(transaction) {
      view.updateState(view.state.apply(transaction));
      show(view.state);
      if (!transaction.docChanged) return;
      field.value = toHTML(view.state.doc);
      changed();
      if (transaction.getMeta("uiEvent")) sendPending(view, bar.dataset.upload, reported);
    },
  });
  current ??= view;
  show = toolbar(bar, view);
  show(view.state);
  field.hidden = true;
  field.value = field.dataset.html; // the same text: what is compared or brought back later is HTML, too
  label.addEventListener("click", () => view.focus());
  return {
    set(html) {
      view.dispatch(view.state.tr.replaceWith(0, view.state.doc.content.size, fromHTML(html).content));
    },
  };
}

// Files themselves, not the preview that a page or Word puts beside its HTML.  They land at `position` if one is given.
function takeFiles(view, data, event, reported, position = null) {
  const files = [...(data?.files ?? [])];
  if (!files.length || hasWords(data.getData("text/html"))) return false;
  event.preventDefault();
  reported.clear(); // of the address beside a copied picture
  if (position) view.dispatch(view.state.tr.setSelection(pm.TextSelection.near(view.state.doc.resolve(position.pos))));
  insertFiles(view, files);
  return true;
}

async function insertFiles(view, files) {
  const arePictures = await Promise.all(files.map(isPictureFile));
  const [pictures, others] = [true, false].map((kind) => files.filter((_, index) => arePictures[index] === kind));
  if (pictures.length) await addPictures(view, pictures);
  if (others.length) await addFile(null, null, view, others);
}

// What became of pasted pictures, below the toolbar.
function report(place, said) {
  const shown = new Map();
  const tell = (name, number, further = "") => {
    number ? shown.set(name, [said[name].replace("{number}", number), further].filter(Boolean).join(" ")) : shown.delete(name);
    place.textContent = [...shown.values()].join(" ");
  };
  let refused = 0;
  return {
    left: (left) => Object.entries(left).forEach(([name, number]) => tell(name, number)),
    sending: (number) => tell("sending", number),
    refused: (error) => tell("refused", (refused += 1), error ?? said.unsent),
    clear: () => (refused = 0, shown.clear(), (place.textContent = "")),
  };
}
