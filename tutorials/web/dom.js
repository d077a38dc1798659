// Two small tools: one makes elements, one lets the arrow keys walk over them.

// el returns a new element. Properties that the element does not have become
// attributes; children are elements or text.
export function el(tag, props = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined) continue;
    if (name in e) e[name] = value;
    else e.setAttribute(name, value);
  }
  e.append(...children);
  return e;
}

// sectionLink returns a link to a section of the RFC. Nothing is loaded from
// there unless the reader follows it.
export function sectionLink(section) {
  return el("a", {
    href: `https://www.rfc-editor.org/rfc/rfc6455#section-${section}`,
    className: "section", rel: "external",
  }, `§${section}`);
}

// rove makes the children of container that match selector one stop of the Tab
// key. The arrow keys move between them: left and right in their order, up and
// down to what stands nearest in the next row.
export function rove(container, selector) {
  container.addEventListener("focusin", (event) => {
    const at = event.target.closest(selector);
    if (at) stop(container, at);
  });
  container.addEventListener("keydown", (event) => {
    const items = [...container.querySelectorAll(selector)];
    const at = items.indexOf(event.target.closest(selector));
    if (at < 0) return;
    const next = {
      ArrowLeft: () => items[at - 1],
      ArrowRight: () => items[at + 1],
      ArrowUp: () => nearest(items.slice(0, at).reverse(), items[at]),
      ArrowDown: () => nearest(items.slice(at + 1), items[at]),
      Home: () => items[0],
      End: () => items.at(-1),
    }[event.key];
    if (!next) return;
    event.preventDefault();
    next()?.focus();
  });
}

// stop makes item the one that the Tab key reaches in container.
export function stop(container, item) {
  for (const other of container.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  item.tabIndex = 0;
}

// nearest returns the item closest to from in the first row of items that is
// not from's own, or undefined.
function nearest(items, from) {
  const { top, left, right } = from.getBoundingClientRect();
  const rest = items.filter((i) => i.getBoundingClientRect().top !== top);
  const row = rest.filter((i) => i.getBoundingClientRect().top === rest[0].getBoundingClientRect().top);
  const distance = (i) => {
    const r = i.getBoundingClientRect();
    return Math.abs(r.left + r.right - left - right);
  };
  return row.sort((a, b) => distance(a) - distance(b))[0];
}
