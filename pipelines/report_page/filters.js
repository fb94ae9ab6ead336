// The filters above the deals: what is chosen, and the deals that it leaves.

const FORM = document.querySelector(".filters");

function fillFilters() {
  const openStatuses = STATUSES.filter((status) => status.kind === "open");
  const owners = [...new Set(OPEN.map((deal) => deal.owner))].filter((owner) => owner !== null);
  const months = [...new Set(OPEN.map((deal) => deal.month))].sort();
  options(FORM.elements.status, openStatuses.map((status) => [String(status.place), status.label]));
  options(FORM.elements.owner, [...owners.map((owner) => [`=${owner}`, owner]), ["none", "No owner"]]);
  options(FORM.elements.month, months.map((name) => [name, month(name)]));
  const accounts = new Set(OPEN.map((deal) => deal.account).filter((account) => account !== null));
  document.getElementById("accounts").append(...[...accounts].sort(compareText).map((name) => element("option", { value: name })));
}

function options(select, pairs) {
  select.append(element("option", { value: "" }, "All"), ...pairs.map(([value, text]) => element("option", { value }, text)));
}

// The deals that the filters leave, of the open ones or of all.
function filtered(of = OPEN) {
  const told = Object.fromEntries(new FormData(FORM));
  const words = folded(told.search).split(/\s+/).filter(Boolean);
  const account = folded(told.account.trim());
  return of.filter((deal) =>
    (!told.status || deal.status.place === Number(told.status)) &&
    (!told.owner || (told.owner === "none" ? deal.owner === null : deal.owner === told.owner.slice(1))) &&
    (!told.month || deal.month === told.month) &&
    (!account || folded(deal.account ?? "").includes(account)) &&
    (!told.overdue || deal.isLate) &&
    words.every((word) => haystack(deal).includes(word)));
}
