"""The currency codes of ISO 4217: in use, in use besides money, and withdrawn."""

_ACTIVE = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP
PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
_UNITS = "BOV CHE CHW CLF COU MXV USN UYI UYW XDR XSU XUA"
_WITHDRAWN = """
ADP AFA ANG AON AOR ATS AYM AZM BEF BGL BGN BYB BYR CSD CUC CYP DEM ECS EEK ESP FIM FRF GHC GHP GRD HRK
IEP ITL LTL LUF LVL MGF MRO MTL MZM NLG PTE ROL RUR SDD SIT SKK SLL SRG STD TJR TMM TPE TRL VEB VEF YUM
ZMK ZRN ZWD ZWL ZWN ZWR
"""

ISO_CURRENCIES = frozenset(_ACTIVE.split())
"""The active currencies of countries and of their unions, as of 2026; no funds, no metals, no test codes."""

UNITS_OF_ACCOUNT = frozenset(_UNITS.split())
"""What contracts and funds are counted in, such as Chile's CLF; banks publish rates of some."""

WITHDRAWN_CURRENCIES = frozenset(_WITHDRAWN.split())
"""What was withdrawn since 1999; old deals and the histories of the European Central Bank speak of them."""

KNOWN_CURRENCIES = ISO_CURRENCIES | UNITS_OF_ACCOUNT | WITHDRAWN_CURRENCIES
"""Every code that a file of rates may speak of."""

SIGNS: dict[str, frozenset[str]] = {
    sign.casefold(): frozenset(codes.split())
    for sign, codes in {
        "$": "USD ARS AUD BBD BMD BND BSD BZD CAD CLP COP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD UYU",
        "US$": "USD",
        "USD$": "USD",
        "A$": "AUD",
        "AU$": "AUD",
        "C$": "CAD NIO",
        "CA$": "CAD",
        "CAD$": "CAD",
        "HK$": "HKD",
        "MX$": "MXN",
        "NZ$": "NZD",
        "R$": "BRL",
        "S$": "SGD",
        "S/": "PEN",
        "S/.": "PEN",
        "NT$": "TWD",
        "RD$": "DOP",
        "B/.": "PAB",
        "€": "EUR",
        "£": "GBP EGP GIP LBP SHP FKP SSP SYP SDG",
        "¥": "JPY CNY",
        "円": "JPY",
        "元": "CNY TWD HKD MOP",
        "CN¥": "CNY",
        "JP¥": "JPY",
        "₹": "INR",
        "Rs": "INR LKR MUR NPR PKR SCR",
        "Rs.": "INR LKR MUR NPR PKR SCR",
        "₽": "RUB",
        "руб.": "RUB",
        "₺": "TRY",
        "TL": "TRY",
        "₩": "KRW",
        "₪": "ILS",
        "₫": "VND",
        "฿": "THB",
        "₱": "PHP",
        "₦": "NGN",
        "₴": "UAH",
        "₸": "KZT",
        "₡": "CRC SVC",
        "₲": "PYG",
        "₵": "GHS",
        "₭": "LAK",
        "₮": "MNT",
        "₼": "AZN",
        "₾": "GEL",
        "֏": "AMD",
        "৳": "BDT",
        "៛": "KHR",
        "zł": "PLN",
        "Kč": "CZK",
        "Ft": "HUF",
        "lei": "RON MDL",
        "лв": "BGN",
        "лв.": "BGN",
        "kr": "SEK NOK DKK ISK",
        "kr.": "SEK NOK DKK ISK",
        "Fr": "CHF",
        "Fr.": "CHF",
        "SFr.": "CHF",
        "R": "ZAR",
        "RM": "MYR",
        "Rp": "IDR",
    }.items()
}
"""The currencies for which a sign beside an amount can stand, folded; one sign may stand for several."""


def is_sign(text: str) -> bool:
    """Whether a text beside an amount is the sign of a currency, or the code of one."""
    return text.casefold() in SIGNS or text.upper() in KNOWN_CURRENCIES
