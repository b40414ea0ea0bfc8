(() => {
  const table = document.getElementById("list");
  if (!table) return;
  const body = table.tBodies[0];
  const further = document.getElementById("further");
  const more = document.getElementById("show-more");
  const step = Number(more.dataset.n);
  const rows = [...body.rows, ...(further ? further.content.querySelectorAll("tr") : [])];
  let found = rows;
  let most = step;
  const draw = () => {
    body.replaceChildren(...found.slice(0, most));
    more.parentNode.hidden = found.length <= most;
    dispatchEvent(new Event("resize"));
  };
  const find = document.getElementById("find");
  const picks = { a: "by-action", g: "by-grade", i: "by-industry" };
  const shown = document.getElementById("n-shown");
  const texts = new Map(rows.map((row) => [row, [0, 1, 2, 3].map((n) => row.cells[n].textContent).join(" ").toLowerCase()]));
  const chosen = (key) => { const one = document.getElementById(picks[key]); return one ? one.value : ""; };
  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = Object.keys(picks).map((key) => [key, chosen(key)]).filter((pair) => pair[1] !== "");
    found = rows.filter((row) => words.every((word) => texts.get(row).includes(word)) && wanted.every(([key, value]) => row.dataset[key] === value));
    shown.textContent = `${found.length} / ${rows.length}`;
    most = step;
    draw();
  };
  const value = (row, place, isNumber) => {
    const cell = row.cells[place];
    if (isNumber) return parseFloat(cell.textContent.replace(/,/g, "").replace("\u2212", "-"));
    const own = cell.querySelector(`[lang="${document.documentElement.lang}"]`);
    return (own || cell).textContent;
  };
  const heads = [...table.tHead.rows[0].cells];
  const sort = (place) => {
    const head = heads[place];
    const isNumber = head.classList.contains("n");
    const before = head.getAttribute("aria-sort");
    const falls = before ? before === "ascending" : isNumber;
    for (const one of heads) one.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falls ? "descending" : "ascending");
    const keys = new Map(rows.map((row) => [row, value(row, place, isNumber)]));
    const lang = document.documentElement.lang;
    rows.sort((one, other) => {
      const [a, b] = [keys.get(one), keys.get(other)];
      if (isNumber && (isNaN(a) || isNaN(b))) return isNaN(a) - isNaN(b);
      const order = isNumber ? a - b : a.localeCompare(b, lang);
      return falls ? -order : order;
    });
    filter();
  };
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(place));
    head.append(button);
  });
  const form = document.querySelector(".filters");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  more.addEventListener("click", () => { most += step; draw(); });
  filter();
})();
