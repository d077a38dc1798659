// Fields, bytes and lines know each other by two attributes:
//
//	data-f  the ids of the fields that an element shows, with spaces between
//	data-b  the index of the byte that it shows, in the record's bytes
//	data-k  on a byte of the payload: the index of its byte of the key
//
// What the reader points at, or reaches with the keyboard, is lit wherever it
// is shown.

// light watches root and calls show({ ids, byte }) when the reader points at
// something, and show(null) when he leaves it. It returns a function that puts
// the light out, for when the content of root changes.
export function light(root, show) {
  let focused = null;

  const find = (target) => target instanceof Element ? target.closest("[data-f]") : null;

  function set(source) {
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
      const lit = box.querySelector(".lit-byte") ?? box.querySelector(".lit");
      if (!lit || box.contains(source)) continue;
      const above = lit.getBoundingClientRect().top - box.getBoundingClientRect().top;
      if (above < 0 || above > box.clientHeight - lit.offsetHeight) box.scrollTop += above - box.clientHeight / 3;
    }
  }

  root.addEventListener("pointerover", (event) => {
    set(find(event.target) ?? focused);
  });
  root.addEventListener("pointerleave", () => set(focused));
  root.addEventListener("focusin", (event) => set(focused = find(event.target)));
  root.addEventListener("focusout", () => set(focused = null));
  return () => set(focused = null);
}
