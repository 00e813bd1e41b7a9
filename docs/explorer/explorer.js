// The state explorer: follows the table that the real code was run for (table.js), and draws what stands there.
(() => {
  const root = document.getElementById("explorer");
  if (!root || typeof TABLE === "undefined") return;
  const SIDES = ["published", "ours"];
  const NAMES = { published: "Published, 2011", ours: "Ours" };
  const STORIES = {
    "a stump": ["put 0", "put 4096 objnode 5"],
    "a height that stays": ["put 0", "put 4096 objnode 4"],
    "roots that nobody needs": ["put 0", "put 4096 objnode 3"],
    "a duplicate that loses its page": ["put 0", "put 4096", "put 4096 objnode 1"],
    "counts handed back stale": ["put 0", "put 1", "flush_object 0"],
    "growing and shrinking": ["put 0", "put 64", "put 4096", "flush_page 4096", "flush_page 64"],
  };
  let calls = [];

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // Where a side is after the calls. A refusal that a call never comes to is the call without it.
  const follow = (side) => {
    const table = TABLE.tables[side];
    let state = 0, step = null;
    for (const call of calls) {
      const steps = table.steps[state];
      step = steps[call] ?? steps[call.split(" ").slice(0, 2).join(" ")];
      state = step[0];
    }
    return { state, step };
  };

  const told = (call) => {
    const [what, index, ...refused] = call.split(" ");
    const named = what === "flush_object" ? "flush_object(7)" : `${what}(7, ${index})`;
    return refused.length ? `${named}, ${refused.join(" ")} refused` : named;
  };

  const branch = (value) => {
    if (!Array.isArray(value)) return make("div", { className: "box page", textContent: `page ${value}` });
    const [level, used, stump, ...slots] = value;
    const box = make("div", { className: `box ${stump ? "stump" : ""}`, textContent: `level ${level}, ${used} in use` });
    const below = slots.map(([slot, held]) =>
      make("div", { className: "branch" }, make("div", { className: "slot", textContent: `slot ${slot}` }), branch(held)));
    return make("div", { className: "branch" }, box, make("div", { className: "below" }, ...below));
  };

  const drawSide = (side) => {
    const { state, step } = follow(side);
    const tree = TABLE.tables[side].states[state];
    const panel = make("section", { className: `side ${side}` }, make("h3", { textContent: NAMES[side] }));
    panel.dataset.state = state;
    panel.append(make("p", { className: "answer", textContent: step ? `answer: ${TABLE.texts[step[1]]}` : "no call yet" }));
    const drawing = make("div", { className: "tree" });
    const counts = tree ? `height ${tree[0]}, pampd_count ${tree[1]}, objnode_count ${tree[2]}` : "no object";
    panel.append(make("p", { className: "counts", textContent: counts }), drawing);
    if (tree && tree[3] !== null) drawing.append(branch(tree[3]));
    const broken = step ? step[3].map((number) => TABLE.texts[number]) : [];
    panel.append(make("ul", { className: "broken" }, ...broken.map((text) => make("li", { textContent: text }))));
    if (step) panel.append(make("p", { className: "asked", textContent: `asked of the host: ${step[2].map((n) => TABLE.texts[n]).join(", ") || "nothing"}` }));
    return panel;
  };

  const go = (next) => {
    calls = next;
    history.replaceState(null, "", calls.length ? `#${calls.map(encodeURIComponent).join(",")}` : location.pathname);
    draw();
  };

  const refused = make("select", { id: "refused" }, make("option", { value: "", textContent: "nothing refused" }),
    ...TABLE.refusals.map((one) => make("option", { value: one, textContent: `${one} refused` })));
  const button = (text, act) => {
    const made = make("button", { type: "button", textContent: text });
    made.addEventListener("click", act);
    return made;
  };
  const act = (call, refusable) => () => {
    go([...calls, refusable && refused.value ? `${call} ${refused.value}` : call]);
    refused.value = "";
  };
  const stories = make("select", { id: "stories" }, make("option", { value: "", textContent: "a story…" }),
    ...Object.keys(STORIES).map((one) => make("option", { value: one, textContent: one })));
  stories.addEventListener("change", () => stories.value && go(STORIES[stories.value]));

  const undo = button("undo", () => go(calls.slice(0, -1)));
  const reset = button("begin anew", () => go([]));
  const rows = TABLE.indexes.map((index) => make("div", { className: "calls" },
    make("strong", { textContent: `page ${index}` }),
    ...["put", "get", "flush_page"].map((what) => button(what, act(`${what} ${index}`, what === "put")))));
  for (const row of rows) for (const one of row.querySelectorAll("button")) one.setAttribute("aria-label", `${one.textContent} ${row.firstChild.textContent}`);
  const steps = make("ol", { className: "steps" });
  const sides = make("div", { className: "sides", ariaLive: "polite" });
  root.replaceChildren(
    make("div", { className: "calls" }, make("label", { htmlFor: "refused", textContent: "of the next put:" }), refused,
      button("flush_object", act("flush_object 0", false)), undo, reset, make("label", { htmlFor: "stories", textContent: "or play" }), stories),
    ...rows, sides, make("h3", { textContent: "Calls so far" }), steps);

  const draw = () => {
    const drawn = SIDES.map(drawSide);
    const counts = drawn.map((side) => side.querySelector(".counts").textContent);
    drawn[0].classList.toggle("other", counts[0] !== counts[1]);
    sides.replaceChildren(...drawn);
    steps.replaceChildren(...calls.map((call) => make("li", { textContent: told(call) })));
    undo.disabled = reset.disabled = calls.length === 0;
    stories.value = "";
  };

  // The calls of an address, as far as the table has them.
  const read = () => {
    const found = location.hash.slice(1).split(",").filter(Boolean).map(decodeURIComponent);
    calls = found.every((call) => call in TABLE.tables.published.steps[0] || /^put \d+ (objnode \d|page|obj)$/.test(call)) ? found : [];
    draw();
  };
  addEventListener("hashchange", read);
  read();
})();
