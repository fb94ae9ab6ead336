// Numbers and days as the reader's country writes them, and the elements that hold them.

const DATA = JSON.parse(document.getElementById("data").textContent);
const LOCALE = navigator.language;
const CENTS = digitsOf(DATA.currency);
const FORMATS = {
  money: numbers({ minimumFractionDigits: CENTS, maximumFractionDigits: CENTS }),
  whole: numbers({ maximumFractionDigits: 0 }),
  count: numbers({ maximumFractionDigits: 0 }),
  number: numbers({ maximumFractionDigits: 2 }),
  percent: numbers({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
  chance: numbers({ style: "percent", maximumFractionDigits: 1 }),
  compact: numbers({ notation: "compact", maximumSignificantDigits: 3 }),
};
const DAY = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat(LOCALE, { month: "short", year: "numeric", timeZone: "UTC" });
const SHORT_MONTH = new Intl.DateTimeFormat(LOCALE, { month: "short", year: "2-digit", timeZone: "UTC" });
const ONLY_MONTH = new Intl.DateTimeFormat(LOCALE, { month: "short", timeZone: "UTC" });
const FIRST_DAY = Date.UTC(2000, 0, 1);
const DAY_LENGTH = 86_400_000;

function numbers(options) {
  const plain = new Intl.NumberFormat(LOCALE, options);
  const signed = new Intl.NumberFormat(LOCALE, { ...options, signDisplay: "exceptZero" });
  return (text, sign) => (sign ? signed : plain).format(text);
}

function digitsOf(currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
}

const money = (units) => (units === null ? "" : FORMATS.money(decimalOf(units)));
const chance = (units) => FORMATS.chance(decimalOf(units, PROBABILITY_DIGITS));
const count = (number) => FORMATS.count(number);
const dateOf = (number) => new Date(FIRST_DAY + number * DAY_LENGTH);
const day = (number) => (number === null ? "" : DAY.format(dateOf(number)));
const monthOf = (number) => (number === null ? "none" : dateOf(number).toISOString().slice(0, 7));
const month = (name, format = MONTH) => (name === "none" ? "No date" : format.format(new Date(`${name}-01T00:00Z`)));
const deals = (number) => `${count(number)} ${number === 1 ? "deal" : "deals"}`;

// An element with its attributes, and what is in it: elements, or texts that are never taken for HTML.
function element(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...content.filter((part) => part !== null && part !== ""));
  return made;
}

// A name is written in its own direction, whatever stands beside it.
const named = (text) => element("bdi", {}, text);

// Puts what the page came with into the reader's words: numbers, days, and the texts of charts.
function localise() {
  for (const data of document.querySelectorAll("data")) {
    const { kind, sign } = data.dataset;
    if (kind === "points") data.textContent = `${FORMATS.number(Number(data.value) * 100, sign)} points`;
    else data.textContent = FORMATS[kind](data.value, sign);
  }
  for (const time of document.querySelectorAll("time")) time.textContent = DAY.format(new Date(time.dateTime));
  for (const group of document.querySelectorAll("figure g")) localiseChart(group, group.dataset);
}

function localiseChart(group, { compact, percent, sign, month: name, short, label, count: number, tip, money: amount, name: bar }) {
  const text = group.querySelector("text");
  if (compact) text.textContent = FORMATS.compact(compact, sign);
  if (percent) text.textContent = FORMATS.chance(percent);
  if (name && text) text.textContent = month(name, short ? ONLY_MONTH : SHORT_MONTH);
  if (number) text.textContent = `${label} · ${count(number)}`;
  if (tip) {
    const title = document.createElementNS(group.namespaceURI, "title");
    const when = bar ? `${/^\d/.test(bar) ? month(bar) : bar}, ` : "";
    title.textContent = `${when}${tip}: ${FORMATS.money(amount)} ${DATA.currency}`;
    group.prepend(title);
  }
}
