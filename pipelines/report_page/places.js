// Accounts and customers: a table of them, and for each a page with all of its deals, the closed ones too.

const PLACE = document.getElementById("place");
const sumOf = (found, what) => sum(found.map((deal) => deal[what]));
const ofKind = (found, kind) => found.filter((deal) => deal.status.kind === kind);

function accountsTable() {
  const columns = [
    { key: "name", heading: "Account", value: (one) => one.name, cell: (one) => link("account", one.name) },
    { key: "open", heading: "Open deals", isNumber: true, value: (one) => one.open, cell: (one) => count(one.open) },
    { key: "amount", heading: "Amount", isNumber: true, value: (one) => one.amount, cell: (one) => money(one.amount) },
    { key: "weighted", heading: "Weighted", isNumber: true, value: (one) => one.weighted, cell: (one) => money(one.weighted) },
    { key: "won", heading: "Won deals", isNumber: true, value: (one) => one.won, cell: (one) => count(one.won) },
    { key: "revenue", heading: "Revenue", isNumber: true, value: (one) => one.revenue, cell: (one) => money(one.revenue) },
  ];
  return new SortedTable("Accounts", columns, { key: "amount", isDescending: true });
}

function accountsOf(found) {
  const byName = new Map();
  for (const deal of found) {
    if (deal.account === null) continue;
    if (byName.has(deal.account)) byName.get(deal.account).push(deal);
    else byName.set(deal.account, [deal]);
  }
  return [...byName].map(([name, all], place) => {
    const [open, won] = [ofKind(all, "open"), ofKind(all, "won")];
    return { name, place, open: open.length, ...totals(open), won: won.length, revenue: sumOf(won, "revenue") };
  });
}

// The page of an account or customer; an unknown name says so.
function showPlace(what, name) {
  const found = DEALS.filter((deal) => deal[what] === name);
  const back = element("p", { class: "back" }, element("a", { href: "#" }, "← All deals"));
  const heading = element("h2", { class: "place-name", tabindex: "-1" }, named(name));
  const kind = what === "account" ? "Account" : "Customer";
  const content = found.length ? [placeFigures(found), placeTable(found, what, name)] : [element("p", { class: "empty" }, "Nothing is known under this name.")];
  PLACE.replaceChildren(back, element("p", { class: "dim" }, kind), heading, ...content);
  heading.focus();
}

function placeFigures(found) {
  const [open, won, lost] = ["open", "won", "lost"].map((kind) => ofKind(found, kind));
  const { amount, weighted } = totals(open);
  const closed = won.length + lost.length;
  const rate = closed ? FORMATS.percent(won.length / closed) : "–";
  return element("dl", { class: "figures" },
    placeFigure("Open pipeline", money(amount), deals(open.length)),
    placeFigure("Weighted pipeline", money(weighted), `${deals(open.filter((deal) => deal.isLate).length)} overdue`),
    placeFigure("Won", money(sumOf(won, "revenue")), deals(won.length)),
    placeFigure("Win rate", rate, closed ? `of ${count(closed)} closed` : "none closed yet"));
}

function placeFigure(label, value, more) {
  const told = element("dd", {}, element("p", { class: "value" }, value), element("p", { class: "more" }, more));
  return element("div", { class: "figure" }, element("dt", {}, label), told);
}

function placeTable(found, what, name) {
  const other = what === "customer" ? ["account"] : found.some((deal) => deal.customer !== null) ? ["customer"] : [];
  const columns = columnsOf("name", ...other, "status", "owner", "close", "closed", "amount", "revenue");
  const table = new SortedTable(`Deals of ${name}`, columns, { key: "status", isDescending: false });
  table.show(found);
  return element("section", { class: "panel" }, element("h3", {}, "All deals"), table.root);
}
