// Elements, made and kept.

/** An element with text or children. */
export function make(name, content = [], attributes = {}) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...[content].flat());
  return element;
}

/** A button that does something; while that takes it cannot be pressed again. */
export function button(text, action, attributes = {}) {
  const element = make("button", text, { type: "button", ...attributes });
  element.addEventListener("click", async () => {
    element.disabled = true;
    try { await action(); } finally { element.disabled = false; }
  });
  return element;
}

/**
 * Brings a table's rows in line with `items`. A row that stays is the same element, so that the focus stays where it is.
 * `cells(item)` gives texts, or functions that make a cell's content once for the row.
 */
export function fill(body, items, keyOf, cells) {
  const known = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  let before = null;
  for (const item of items) {
    const key = String(keyOf(item));
    const row = known.get(key) ?? newRow(key, cells(item));
    known.delete(key);
    update(row, cells(item));
    const place = before ? before.nextElementSibling : body.firstElementChild;
    if (place !== row) body.insertBefore(row, place);
    before = row;
  }
  for (const row of known.values()) row.remove();
}

function newRow(key, cells) {
  const row = make("tr", cells.map((cell) => make("td", typeof cell === "function" ? cell() : "")));
  row.dataset.key = key;
  return row;
}

function update(row, cells) {
  cells.forEach((cell, index) => {
    if (typeof cell === "function") return;
    const text = String(cell ?? "");
    if (row.cells[index].textContent !== text) row.cells[index].textContent = text;
  });
}
