// Tables that are sorted by each of their columns and show some rows at a time.

const ROWS_SHOWN = 50;
const COLLATOR = new Intl.Collator(LOCALE, { numeric: true, sensitivity: "base" });
const compareText = COLLATOR.compare;

// Nothing comes last, whatever the order.
function compare(one, other, isDescending) {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  const order = typeof one === "string" ? compareText(one, other) : one < other ? -1 : one > other ? 1 : 0;
  return isDescending ? -order : order;
}

// A table of columns, each with its key, heading, the value it is sorted by and what is in its cells.
class SortedTable {
  constructor(caption, columns, sort) {
    Object.assign(this, { caption, columns, sort, page: 0, rows: [] });
    this.head = element("tr", {}, ...columns.map((column) => this.heading(column)));
    this.body = element("tbody");
    this.pager = element("nav", { class: "pager", "aria-label": `Pages of ${caption}` });
    const table = element("table", { class: "rows" }, element("caption", { class: "unseen" }, caption), element("thead", {}, this.head), this.body);
    this.root = element("div", {}, this.sortBy(), table, this.pager);
  }

  heading(column) {
    const button = element("button", { type: "button", click: () => this.sortFor(column.key) }, column.heading);
    return element("th", { scope: "col", class: classOf(column), "data-key": column.key }, button);
  }

  // On a phone the headings are out of sight, and this takes their place.
  sortBy() {
    const choices = this.columns.map((column) => element("option", { value: column.key }, column.heading));
    this.chosen = element("select", { "aria-label": "Sort by", change: () => this.sortFor(this.chosen.value) }, ...choices);
    this.turn = element("button", { type: "button", class: "quiet", click: () => this.sortFor(this.sort.key) });
    return element("div", { class: "sort-by" }, this.chosen, this.turn);
  }

  sortFor(key) {
    const column = this.columns.find((one) => one.key === key);
    const isDescending = this.sort.key === key ? !this.sort.isDescending : Boolean(column.isNumber);
    this.sort = { key, isDescending };
    this.show(this.rows);
  }

  show(rows) {
    const { key, isDescending } = this.sort;
    const { value } = this.columns.find((column) => column.key === key);
    this.rows = rows;
    this.sorted = [...rows].sort((one, other) => compare(value(one), value(other), isDescending) || one.place - other.place);
    for (const cell of this.head.children) {
      cell.setAttribute("aria-sort", cell.dataset.key !== key ? "none" : isDescending ? "descending" : "ascending");
    }
    this.chosen.value = key;
    this.turn.textContent = isDescending ? "↓ descending" : "↑ ascending";
    this.turnTo(0);
  }

  turnTo(page) {
    const last = Math.max(0, Math.ceil(this.sorted.length / ROWS_SHOWN) - 1);
    this.page = Math.min(Math.max(page, 0), last);
    const shown = this.sorted.slice(this.page * ROWS_SHOWN, (this.page + 1) * ROWS_SHOWN);
    this.body.replaceChildren(...(shown.length ? shown.map((row) => this.line(row)) : [this.nothing()]));
    const where = element("span", { role: "status" }, `Page ${count(this.page + 1)} of ${count(last + 1)}`);
    this.pager.replaceChildren(this.step("Previous", -1, this.page === 0), where, this.step("Next", 1, this.page === last));
    this.pager.hidden = last === 0;
  }

  step(label, by, disabled) {
    const turn = () => {
      this.turnTo(this.page + by);
      this.root.scrollIntoView({ block: "start" });
      const [button] = [...this.pager.querySelectorAll("button")].filter((one) => one.textContent === label && !one.disabled);
      (button ?? this.pager.querySelector("button:not(:disabled)"))?.focus({ preventScroll: true });
    };
    return element("button", { type: "button", class: "quiet", disabled, click: turn }, label);
  }

  line(row) {
    return element("tr", {}, ...this.columns.map((column, place) => {
      const attributes = { class: classOf(column), "data-label": column.heading.toLowerCase() };
      return element(place ? "td" : "th", place ? attributes : { ...attributes, scope: "row" }, ...[column.cell(row)].flat().filter((part) => part !== ""));
    }));
  }

  nothing() {
    return element("tr", {}, element("td", { colspan: this.columns.length, class: "empty" }, OPEN.length ? "Nothing fits these filters." : "There is no open deal."));
  }
}

const classOf = (column) => `c-${column.key}${column.isNumber ? " number" : ""}`;

const status = (one) => element("span", { class: "status", style: `--colour: var(--status-${one.place})` }, element("i", { "aria-hidden": "true" }), one.label);
const ownAmount = (deal) => (deal.own === null ? null : element("span", { class: "own" }, `${money(deal.own)} ${deal.currency}`));
const closeDay = (deal) => [element("span", { class: deal.isLate ? "late" : null }, day(deal.close) || "–"), deal.isLate ? element("span", { class: "late-word" }, "overdue") : null];

const COLUMNS = {
  name: { key: "name", heading: "Deal", value: (deal) => deal.name, cell: (deal) => named(deal.name) },
  account: { key: "account", heading: "Account", value: (deal) => deal.account ?? deal.customer, cell: placesOf },
  status: { key: "status", heading: "Status", value: (deal) => deal.status.place, cell: (deal) => status(deal.status) },
  owner: { key: "owner", heading: "Owner", value: (deal) => deal.owner, cell: (deal) => named(deal.owner ?? "–") },
  close: { key: "close", heading: "Close date", value: (deal) => deal.close, cell: closeDay },
  probability: { key: "probability", heading: "Chance", isNumber: true, value: (deal) => deal.probability, cell: (deal) => chance(deal.probability) },
  amount: { key: "amount", heading: "Amount", isNumber: true, value: (deal) => deal.amount, cell: (deal) => [money(deal.amount) || "–", ownAmount(deal)] },
  weighted: { key: "weighted", heading: "Weighted", isNumber: true, value: (deal) => deal.weighted, cell: (deal) => (deal.weighted === null ? "–" : money(rounded(deal.weighted))) },
  customer: { key: "account", heading: "Customer", value: (deal) => deal.customer, cell: (deal) => (deal.customer ? link("customer", deal.customer) : "") },
  closed: { key: "closed", heading: "Closed", value: (deal) => deal.closed, cell: (deal) => day(deal.closed) },
  revenue: { key: "revenue", heading: "Revenue", isNumber: true, value: (deal) => deal.revenue, cell: (deal) => money(deal.revenue) },
};
const columnsOf = (...keys) => keys.map((key) => COLUMNS[key]);
