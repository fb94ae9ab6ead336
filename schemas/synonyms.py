"""What CRMs call the fields of an opportunity and the steps of a pipeline: for proposals, nothing is read by it."""

from schemas.folding import folded, folded_word

_HEADERS = {
    "source_id": "id, record id, deal - id, deal - pipedrive system id, deal - system id, deal id, opportunity id, "
    "opportunity id (18 digit), (do not modify) opportunity, opportunity no., potential no., external id, "
    "external_id__c, opportunity_id, opportunityid, deal_id, source_id, deal no, deal no., "
    "deal number, opportunity number",
    "name": "name, opportunity name, opportunity, deal name, deal - title, title, topic, potential name, "
    "opportunity_name, property_dealname, nombre del negocio, deal, deal title, subject",
    "account": "account name, account, deal - organization, organization, company, company name, associated company, "
    "potential customer, customer, customer account account name, account customer name, accountname, lead_name, "
    "account.name, client, client name, customer name, organisation",
    "contact_first_name": "contact first name, contact_first_name, contact.firstname",
    "contact_last_name": "contact last name, contact_last_name, contact.lastname, contact, contact name, "
    "primary contact, deal - contact person, contact person, associated contact",
    "lead": "lead lead name, lead, lead name",
    "owner": "opportunity owner, owner, owner.name, deal owner, deal - owner, potential owner, salesperson, "
    "owner username, assigned user, assigned user name, assignedusername, sales owner, owned by, user_name, "
    "sales_agent, propietario del negocio, sales rep, account manager, responsible",
    "stage": "stagename, stage, stage name, deal stage, deal - stage, deal - stage (pipeline), sales stage, "
    "pipeline phase, status id, status_label, deal_stage, opportunitystage, etapa del negocio, phase, sales phase",
    "status": "status, deal - status, state, statecode, status_type, forecast type, current state, outcome, result",
    "close_reason": "closed lost reason, deal - lost reason, reason for loss, lost reason, loss reason, "
    "close reason name, close reason, close_reason",
    "probability": "probability, probability (%), probability, %, deal probability, deal - probability, "
    "win probability, confidence, probability of winning, chance, win %",
    "close_date": "closedate, close date, closing date, expected close date, deal - expected close date, "
    "est. close date, expected closing, forecast close date, closing_date, close_date, fecha de cierre, "
    "expected close, closing, close, expected closing date",
    "closed_at": "actual close date, closed date, deal - deal closed on, deal - won time, date_won, won_date, "
    "closed at, closed_at, closed on, won date",
    "budget_amount": "amount, opportunity amount, deal - value, deal value, value, valor, est. revenue, "
    "budget amount, amount / amount, estimatedvalue, close_value, revenue_amount, total amount, budget_amount, "
    "deal amount, deal size, contract value",
    "budget_currency": "currencyisocode, currency, amount currency, opportunity currency, deal - currency of value, "
    "budget amount currency, amountcurrency, amount / currency, value_currency, moneda, currency code, "
    "budget_currency",
    "close_revenue": "actual revenue, close revenue, closed deal amount, close_revenue",
    "close_revenue_currency": "close revenue currency, close_revenue_currency",
    "customer_need": "customer need, customer_need",
    "proposed_solution": "proposed solution, proposed_solution",
    "notes": "description, deal description, additional comments, note, notes, comment, comments",
    "tags": "tags, tag, deal - label, label, labels",
}
WEIGHTED = tuple(
    map(folded, ("expected revenue", "weighted amount", "prorated revenue", "deal - weighted value", "expected_value"))
)
"""Headers of amounts that most systems multiply with the probability (Odoo's 'Expected Revenue' is the full one)."""


def _listed(words: str) -> list[str]:
    """The words of a list; '%' is no word of its own: 'probability, %' is one header."""
    parts = words.replace("probability, %", "probability\0 %").split(", ")
    return [folded(part.replace("\0", ",")) for part in parts]


FIELD_OF = {header: field for field, words in _HEADERS.items() for header in _listed(words)}
"""The field that a folded header usually holds; of one field the first header is the surest."""

_STEPS = {
    "won": "closed won, won, closedwon, gagné, ganado, cierre ganado, cerrada ganada, спечелена, deal won, "
    "gewonnen, yes",
    "lost": "closed lost, lost, closedlost, closed lost to competition, perdu, cerrado perdido, cerrada perdida, "
    "загубена, dead, out-sold, canceled, cancelled, abandoned, verloren, deal lost",
    "in_progress": "prospecting, prospect, new, lead in, lead, open, in_progress, in progress, suspended, on hold, "
    "pausado, standby, active",
    "identification_alignment": "appointment scheduled, 1-qualify, qualify, qualification, qualified, "
    "identification_alignment, initial offer, engaging, appointmentscheduled",
    "needs_analysis": "needs analysis, needs_analysis, discovery, contact made, screening, qualified to buy, "
    "qualifiedtobuy",
    "solution_development": "value proposition, id. decision makers, identify decision makers, perception analysis, "
    "solution_development, presentation scheduled, demo scheduled, demo, meeting, 2-develop, develop, proposition, "
    "proposal, proposal/price quote, quote, 3-propose, propose, propose solution, proposal made, proposal sent, "
    "presentationscheduled",
    "negotiation": "negotiation, negotiation/review, negotiations started, negociación, négociation, 4-close, "
    "negotiate, firmas, decision maker bought-in, contract sent, decisionmakerboughtin, contractsent",
}
STATUS_OF = {folded_word(step): status for status, steps in _STEPS.items() for step in steps.split(", ")}
"""The status of OroCRM that a folded step of a pipeline usually means."""
