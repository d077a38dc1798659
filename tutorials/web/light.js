// Fields, bytes and lines know each other by two attributes:
//
//	data-f  the ids of the fields that an element shows, with spaces between
//	data-b  the index of the byte that it shows, in the record's bytes
//	data-k  on a byte of the payload: the index of its byte of the key
//
// What the reader points at, or reaches with the keyboard, is lit wherever it
// is shown.

// light watches root and calls show({ ids, byte }) when the reader points at
// something, and show(null) when nothing is pointed at any more. It returns a
// function that puts the light out, for when the content of root has changed.
export function light(root, show) {
  let focused = null; // what the keyboard or a click has reached
  let lit;            // what is lit now: an element, or null

  const find = (target) => target instanceof Element ? target.closest("[data-f]") : null;

  function set(source) {
    if (source === lit) return;
    lit = source;
    for (const e of root.querySelectorAll(".lit, .lit-byte")) e.classList.remove("lit", "lit-byte");
    if (!source) return show(null);
    const ids = source.dataset.f.split(" ");
    for (const id of ids) {
      for (const e of root.querySelectorAll(`[data-f~="${id}"]`)) e.classList.add("lit");
    }
    const { b, k } = source.dataset;
    for (const e of root.querySelectorAll(`[data-b="${b}"], [data-b="${k}"]`)) e.classList.add("lit-byte");
    for (const e of root.querySelectorAll(`[data-k="${b}"]`)) e.classList.add("lit");
    reveal(source);
    show({ ids, byte: b === undefined ? undefined : Number(b) });
  }

  // reveal scrolls the lit bytes into view, in the boxes that scroll and do not
  // hold the source. The page itself stays where it is.
  function reveal(source) {
    for (const box of root.querySelectorAll("[data-scroll]")) {
      const first = box.querySelector(".lit-byte") ?? box.querySelector(".lit");
      if (!first || box.contains(source)) continue;
      const above = first.getBoundingClientRect().top - box.getBoundingClientRect().top;
      if (above < 0 || above > box.clientHeight - first.offsetHeight) box.scrollTop += above - box.clientHeight / 3;
    }
  }

  // A page that scrolls under a mouse at rest also moves it over elements, but
  // that is not pointing at them: so the event is move, not over.
  root.addEventListener("pointermove", (event) => set(find(event.target) ?? focused));
  root.addEventListener("pointerleave", () => set(focused));
  root.addEventListener("focusin", (event) => {
    // The link of an explanation is no field: what it explains stays lit.
    if (find(event.target)) set(focused = find(event.target));
  });
  root.addEventListener("focusout", (event) => {
    if (!root.contains(event.relatedTarget)) set(focused = null);
  });
  return () => {
    lit = undefined;
    set(focused = null);
  };
}
