// What the rest of the page does when a script may run: words under the pointer, and a copy button.
(() => {
  document.documentElement.classList.add("js");
  lagsimCharts.start();
  const { clock, count, dataOf } = lagsimCharts;

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);

  function show(event, words) {
    tip.textContent = words;
    tip.hidden = !words;
    tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = (event.clientY > innerHeight - 60 ? event.clientY - 40 : event.clientY + 14) + "px";
  }

  // Where the pointer is in the plot, 0 to 1; null = beside it.
  function placeIn(box, event) {
    const outer = box.querySelector("svg").getBoundingClientRect();
    const height = Number(box.querySelector("svg svg").getAttribute("height"));
    const x = (event.clientX - outer.left) / outer.width, y = (event.clientY - outer.top) / height;
    return x >= 0 && x < 1 && y >= 0 && y < 1 ? { x, y } : null;
  }

  function hover(box, words) {
    box.addEventListener("pointermove", (event) => {
      const place = placeIn(box, event);
      show(event, place ? words(place) : "");
    });
    box.addEventListener("pointerleave", () => { tip.hidden = true; });
  }

  document.querySelectorAll("[data-heat]").forEach((box) => {
    const data = dataOf(box.dataset.heat);
    hover(box, ({ x, y }) => {
      const row = Math.floor(y * data.rows.length), column = Math.floor(x * data.columns);
      const records = data.cells[row * data.columns + column];
      return `${data.rows[row]} at ${clock(x * data.seconds)}: up to ${count(records)} records`;
    });
  });

  document.querySelectorAll("[data-owners]").forEach((box) => {
    const data = dataOf(box.dataset.owners);
    hover(box, ({ x, y }) => {
      const row = Math.floor(y * data.rows.length), now = x * data.seconds, spans = data.rows[row];
      for (let i = 0; i < spans.length; i += 3) {
        if (spans[i + 1] <= now && now < spans[i + 2]) {
          return `${data.names[row]}: pod ${spans[i]}, ${clock(spans[i + 1])} to ${clock(spans[i + 2])}`;
        }
      }
      return `${data.names[row]}: no owner at ${clock(now)}`;
    });
  });

  document.querySelectorAll("pre.command").forEach((block) => {
    if (!navigator.clipboard) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.textContent);
      button.textContent = "Copied";
    });
    block.after(button);
  });
})();
