/**
 * The part of a compiled module that is the same for every policy, as text: the module must stand alone. What is not
 * called is left out.
 */
export const RUNTIME: Readonly<Record<string, string>> = {
  and: `const and = (a, b) => (a === false || b === false ? false : a === null || b === null ? null : true);`,
  or: `const or = (a, b) => (a === true || b === true ? true : a === null || b === null ? null : false);`,
  not: `const not = (a) => (a === null ? null : !a);`,
  divideDown: `function divideDown(n, d, unit) {
  if (d === 0) return null;
  if (d < 0) { n = -n; d = -d; }
  let q = Math.floor(n / d);
  const r = n - q * d;
  if (r < 0) q -= 1; else if (r >= d) q += 1;
  return q * unit + 0;
}`,
  divideUp: `function divideUp(n, d, unit) {
  if (d === 0) return null;
  if (d < 0) { n = -n; d = -d; }
  let q = Math.ceil(n / d);
  const r = q * d - n;
  if (r < 0) q += 1; else if (r >= d) q -= 1;
  return q * unit + 0;
}`,
  divideHalfUp: `function divideHalfUp(n, d, unit) {
  if (d === 0) return null;
  if (d < 0) { n = -n; d = -d; }
  let q = Math.floor(n / d);
  let r = n - q * d;
  if (r < 0) { q -= 1; r += d; } else if (r >= d) { q += 1; r -= d; }
  if (r >= d - r) q += 1;
  return q * unit + 0;
}`,
  daysOf: `const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
function digit(text, index) {
  const code = text.charCodeAt(index) - 48;
  return code >= 0 && code <= 9 ? code : NaN;
}
function daysOf(text) {
  if (typeof text !== 'string' || text.length !== 10) return NaN;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return NaN;
  const year = digit(text, 0) * 1000 + digit(text, 1) * 100 + digit(text, 2) * 10 + digit(text, 3);
  const month = digit(text, 5) * 10 + digit(text, 6);
  const day = digit(text, 8) * 10 + digit(text, 9);
  if (year !== year || month !== month || day !== day) return NaN;
  if (year < 1600 || month < 1 || month > 12 || day < 1) return NaN;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (day > MONTHS[month - 1] + (month === 2 && leap ? 1 : 0)) return NaN;
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719468;
}`,
  faultOf: `function faultOf([name, kind, nullable, low, high, labels], given) {
  if (given === null || typeof given !== 'object' || Array.isArray(given) || !Object.hasOwn(given, name)) return 'ABSENT';
  const value = given[name];
  if (value === undefined) return 'ABSENT';
  if (value === null) return nullable ? null : 'NULL';
  if (kind === 'boolean') return typeof value === 'boolean' ? null : 'WRONG_TYPE';
  if (kind === 'enumeration') {
    if (typeof value !== 'string') return 'WRONG_TYPE';
    return labels.includes(value) ? null : 'NOT_IN_ENUMERATION';
  }
  let number = value;
  if (kind === 'date') {
    if (typeof value !== 'string') return 'WRONG_TYPE';
    number = daysOf(value);
    if (number !== number) return 'NOT_A_DATE';
  } else {
    if (typeof value !== 'number') return 'WRONG_TYPE';
    if (value !== value) return 'NOT_A_NUMBER';
  }
  if (number < low || number > high) return 'OUT_OF_RANGE';
  return Number.isInteger(number) ? null : 'NOT_WHOLE';
}`,
  faultsOf: `function faultsOf(expected, given) {
  const faults = [];
  for (const input of expected) {
    const fault = faultOf(input, given);
    if (fault !== null) faults.push({ name: input[0], fault });
  }
  if (given !== null && typeof given === 'object' && !Array.isArray(given)) {
    for (const name of Object.keys(given).sort()) {
      if (!expected.some((input) => input[0] === name)) faults.push({ name, fault: 'UNKNOWN' });
    }
  }
  return faults;
}`,
  refused: `function refused(stage, invalidInputs) {
  return {
    policy, stage, outcome: 'REFER', rules: {}, failed: [], derived: {}, bands: {}, tables: {},
    limits: { amounts: {}, binding: null, amount: null, reason: null }, conditions: [], unevaluated: [], invalidInputs,
  };
}`,
  changeOf: `function changeOf(operator, value, threshold) {
  switch (operator) {
    case '<': return value < threshold ? threshold - value : threshold - 1 - value;
    case '<=': return value <= threshold ? threshold + 1 - value : threshold - value;
    case '>': return value > threshold ? threshold - value : threshold + 1 - value;
    case '>=': return value >= threshold ? threshold - 1 - value : threshold - value;
    default: return value === threshold ? 1 : threshold - value;
  }
}`,
  holdsOf: `function holdsOf(operator, value, threshold) {
  switch (operator) {
    case '<': return value < threshold;
    case '<=': return value <= threshold;
    case '>': return value > threshold;
    case '>=': return value >= threshold;
    case '==': return value === threshold;
    default: return value !== threshold;
  }
}`,
  explain: `export function explain(stage, inputs) {
  const result = evaluate(stage, inputs);
  const { outcome, invalidInputs } = result;
  if (invalidInputs.length > 0) return { policy, stage, outcome, rules: [], invalidInputs };
  const values = { ...inputs, ...result.derived, ...result.bands, ...result.tables, limit: result.limits.amount };
  const rules = [];
  for (const [rule, action, reads, comparisons] of RULES) {
    if (!Object.hasOwn(result.rules, rule)) continue;
    rules.push({
      rule,
      action,
      outcome: result.rules[rule],
      reads: Object.fromEntries(reads.map((name) => [name, values[name]])),
      comparisons: comparisons.map(([text, name, operator, against]) => {
        const value = numberOf(values[name]);
        const threshold = typeof against === 'number' ? against : numberOf(values[against]);
        const known = value !== null && threshold !== null;
        const holds = known ? holdsOf(operator, value, threshold) : null;
        const change = known ? changeOf(operator, value, threshold) : null;
        return { text, name, operator, value, threshold, holds, change };
      }),
    });
  }
  return { policy, stage, outcome, rules, invalidInputs };
}`,
};
