// On the page of a file: marks the lines that the address names, #L10 or #L10-L20.
(() => {
  const mark = () => {
    document.querySelectorAll(".line.named").forEach((line) => line.classList.remove("named"));
    const named = /^#L(\d+)(?:-L(\d+))?$/.exec(location.hash);
    if (!named) return;
    const first = Number(named[1]);
    for (let number = first; number <= Number(named[2] ?? first); number++) {
      document.getElementById(`L${number}`)?.classList.add("named");
    }
    document.getElementById(`L${first}`)?.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", mark);
  addEventListener("DOMContentLoaded", mark);
})();

// A browser reads no other file on behalf of one in a folder: there, results of a search come without their text.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// The picture of what rests on what: its boxes are links once it is an object rather than an image.
addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("a.graph").forEach((link) => {
    const drawing = document.createElement("object");
    drawing.type = "image/svg+xml";
    drawing.data = link.href;
    drawing.className = "graph";
    drawing.setAttribute("aria-label", link.firstElementChild.alt);
    link.replaceWith(drawing);
  });
});
