// The deals: from the columns in which the page holds them to one object each.

const STATUSES = DATA.statuses.map((status, place) => ({ ...status, place }));
const DEALS = unpacked(DATA.deals);
const OPEN = DEALS.filter((deal) => deal.isOpen);

function unpacked(columns) {
  const texts = ["amount", "own", "revenue", "probability"];
  const decimals = Object.fromEntries(texts.map((name) => [name, columns[name].split(" ")]));
  const numberOpen = columns.names.length - columns.closed.length;
  const from = (what, place) => columns[`${what}Names`][columns[what][place]] ?? null;
  return columns.names.map((name, place) => {
    const status = STATUSES[columns.status[place]];
    const amount = unitsOf(decimals.amount[place]);
    const probability = unitsOf(decimals.probability[place], PROBABILITY_DIGITS);
    const [close, isOpen] = [columns.close[place], status.kind === "open"];
    return {
      name, status, isOpen, amount, probability, close,
      account: from("account", place),
      customer: from("customer", place),
      owner: from("owner", place),
      own: unitsOf(decimals.own[place]),
      currency: from("currency", place),
      revenue: isOpen ? null : unitsOf(decimals.revenue[place - numberOpen]),
      weighted: amount === null ? null : amount * probability,
      closed: isOpen ? null : columns.closed[place - numberOpen],
      isLate: isOpen && close !== null && close < DATA.today,
      month: monthOf(close),
      place,
    };
  });
}

const totals = (found) => ({ amount: sum(found.map((deal) => deal.amount)), weighted: rounded(sum(found.map((deal) => deal.weighted))) });

// The words by which a deal is found, without accents and capitals; made when first asked for.
function haystack(deal) {
  deal.haystack ??= folded([deal.name, deal.account, deal.customer, deal.owner, deal.status.label].join("\n"));
  return deal.haystack;
}

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// Where a deal belongs, as links to pages of their own.
function placesOf(deal) {
  const customer = deal.customer && deal.customer !== deal.account ? link("customer", deal.customer) : null;
  if (!deal.account) return customer ? [customer] : [];
  return customer ? [link("account", deal.account), element("span", { class: "own" }, customer)] : [link("account", deal.account)];
}

const link = (what, name) => element("a", { href: `#${what}=${encodeURIComponent(name)}` }, named(name));
