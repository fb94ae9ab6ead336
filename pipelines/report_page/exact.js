// Exact amounts: integers of their smallest unit, never floats.

const AMOUNT_DIGITS = 4;
const PROBABILITY_DIGITS = 6;

// The integer of a decimal text such as -12.5; null of no text.
function unitsOf(text, digits = AMOUNT_DIGITS) {
  if (!text) return null;
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(digits, "0"));
}

// The decimal text of an integer.
function decimalOf(units, digits = AMOUNT_DIGITS) {
  const text = (units < 0n ? -units : units).toString().padStart(digits + 1, "0");
  return `${units < 0n ? "-" : ""}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

// An amount × probability has 10 decimals; a sum of such is rounded once, at the end, to the 4 of an amount.
function rounded(product) {
  const unit = 10n ** BigInt(PROBABILITY_DIGITS);
  const size = product < 0n ? -product : product;
  const [whole, twice] = [size / unit, (size % unit) * 2n];
  const toEven = DATA.rounding === "half-even" && twice === unit && whole % 2n === 0n;
  const result = whole + (twice >= unit && !toEven ? 1n : 0n);
  return product < 0n ? -result : result;
}

const sum = (values) => values.reduce((total, value) => total + (value ?? 0n), 0n);
