// The page: what is shown, what the address says, and the switch between light and dark.

const OVERVIEW = document.getElementById("overview");
const SHOWN = document.getElementById("shown");
const TITLE = document.title;
const dealsTable = new SortedTable("Open deals", columnsOf("name", "account", "status", "owner", "close", "probability", "amount", "weighted"), { key: "amount", isDescending: true });
const placesTable = accountsTable();
let view = "table";
let left = null;

function showDeals() {
  const found = filtered();
  const { amount, weighted } = totals(found);
  const of = found.length === OPEN.length ? deals(OPEN.length) : `${count(found.length)} of ${deals(OPEN.length)}`;
  document.getElementById("sums").replaceChildren(element("strong", {}, of), ` · ${money(amount)} ${DATA.currency} · weighted ${money(weighted)}`);
  if (view === "board") return SHOWN.replaceChildren(board(found));
  const table = view === "table" ? dealsTable : placesTable;
  table.show(view === "table" ? found : accountsOf(filtered(DEALS)));
  if (SHOWN.firstChild !== table.root) SHOWN.replaceChildren(table.root);
}

function showView(name) {
  view = name;
  for (const button of document.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", button.dataset.view === name);
  showDeals();
}

// Shows what the address names: an account or customer, else everything, where the reader had left it.
function followAddress() {
  const named = /^#(account|customer)=(.*)$/s.exec(location.hash);
  if (named && !OVERVIEW.hidden) left = { y: scrollY, focus: document.activeElement };
  OVERVIEW.hidden = Boolean(named);
  PLACE.hidden = !named;
  document.title = TITLE;
  if (named) {
    const name = decoded(named[2]);
    showPlace(named[1], name);
    document.title = `${name} – ${TITLE}`;
    scrollTo({ top: 0, behavior: "instant" });
  } else if (left) {
    scrollTo({ top: left.y, behavior: "instant" });
    left.focus?.focus({ preventScroll: true });
    left = null;
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// The filtered deals as CSV; a text that a spreadsheet would take for a formula is guarded.
function save() {
  const cell = (text) => `"${(/^[=+\-@\t\r]/.test(text ?? "") ? `'${text}` : (text ?? "")).replaceAll('"', '""')}"`;
  const decimal = (units, digits) => (units === null ? "" : decimalOf(units, digits));
  const lines = filtered().map((deal) => [
    ...[deal.name, deal.account, deal.customer, deal.status.label, deal.owner].map(cell),
    deal.close === null ? "" : dateOf(deal.close).toISOString().slice(0, 10),
    decimal(deal.probability, PROBABILITY_DIGITS), decimal(deal.amount), DATA.currency,
  ].join(","));
  const text = ["name,account,customer,status,owner,close_date,probability,amount,currency", ...lines, ""].join("\r\n");
  const href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  element("a", { href, download: "deals.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

function switchTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  nameTheme();
}

function nameTheme() {
  const theme = document.documentElement.dataset.theme;
  const isDark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.getElementById("theme").textContent = isDark ? "Light" : "Dark";
}

// A part of a bar leads to its deals.
function followChart(event) {
  const part = event.target.closest("[data-tip][data-name]");
  if (!part || !/^\d/.test(part.dataset.name)) return;
  FORM.reset();
  FORM.elements.month.value = part.dataset.name;
  FORM.elements.status.value = STATUSES.find((one) => one.label === part.dataset.tip).place;
  showDeals();
  document.getElementById("deals").scrollIntoView();
}

fillFilters();
localise();
nameTheme();
showDeals();
followAddress();
FORM.addEventListener("input", showDeals);
FORM.addEventListener("reset", () => setTimeout(showDeals));
FORM.addEventListener("submit", (event) => event.preventDefault());
document.querySelector(".views").addEventListener("click", ({ target }) => target.dataset.view && showView(target.dataset.view));
document.getElementById("save").addEventListener("click", save);
document.getElementById("theme").addEventListener("click", switchTheme);
document.querySelector(".chart-months")?.addEventListener("click", followChart);
addEventListener("hashchange", followAddress);
document.documentElement.dataset.ready = "";
