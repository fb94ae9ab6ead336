// The board: a lane for each open status, with its sums and its deals as cards, those that are worth most first.

const CARDS_SHOWN = 50;

function board(found) {
  const lanes = STATUSES.filter((one) => one.kind === "open").map((one) => lane(one, found.filter((deal) => deal.status === one)));
  return element("div", { class: "board", tabindex: "0", role: "region", "aria-label": "Deals by status" }, ...lanes);
}

function lane(of, found) {
  const sorted = found.sort((one, other) => compare(one.amount, other.amount, true) || one.place - other.place);
  const { amount, weighted } = totals(found);
  const heading = element("header", {},
    element("h3", {}, of.label),
    element("p", {}, `${deals(found.length)} · ${money(amount)}`),
    element("p", {}, `weighted ${money(weighted)}`));
  const cards = element("ul", { class: "cards", tabindex: "0", "aria-label": of.label });
  showCards(cards, sorted, CARDS_SHOWN);
  return element("section", { class: "lane", style: `--colour: var(--status-${of.place})` }, heading, cards);
}

function showCards(cards, sorted, number) {
  const more = sorted.length - number;
  const button = element("button", { type: "button", class: "quiet more-cards", click: () => showMore(cards, sorted, number) }, `${count(more)} more`);
  const nothing = sorted.length ? [] : [element("li", { class: "dim" }, "No deals")];
  cards.replaceChildren(...sorted.slice(0, number).map(card), ...nothing, ...(more > 0 ? [element("li", {}, button)] : []));
}

function showMore(cards, sorted, number) {
  showCards(cards, sorted, number + CARDS_SHOWN);
  cards.children[number].setAttribute("tabindex", "-1");
  cards.children[number].focus();
}

function card(deal) {
  return element("li", { class: deal.isLate ? "card is-late" : "card" },
    element("p", { class: "what" }, named(deal.name)),
    element("p", { class: "who" }, ...placesOf(deal)),
    element("p", { class: "worth" }, element("strong", {}, money(deal.amount) || "no amount"), element("span", {}, chance(deal.probability))),
    element("p", { class: "when" }, day(deal.close) || "no close date", deal.isLate ? element("span", { class: "late-word" }, " · overdue") : ""));
}
