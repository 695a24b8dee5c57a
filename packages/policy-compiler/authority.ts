import {
  AUTHORITY_ROLES,
  DECISION_KINDS,
  SEPARATED,
  type Authority,
  type AuthorityRole,
  type DecisionKind,
  type RoleLimits,
} from './policy.ts';
import { nearest } from './problems.ts';
import type { Reader } from './reading.ts';
import type { Node } from './source.ts';
import type { Steps } from './steps.ts';

/** Kinds that one person alone never decides. */
const NEVER_ALONE: ReadonlySet<DecisionKind> = new Set<DecisionKind>(['hard-decline-reversed', 'own-words']);

/** 35.99 %, the largest rate that a table can give and still be at or below 36 %. */
const MAX_RATE = 3_599;

/** Checks the section `authority`. All faults go to the reader's problems. @returns undefined when there is any. */
export function checkAuthority(node: Node, steps: Steps, reader: Reader): Authority | undefined {
  const fields = reader.fields(node, 'The authority', ['rates', 'roles', 'escalation', 'separate'], ['note']);
  const [ratesNode, rolesNode] = [fields?.get('rates'), fields?.get('roles')];
  if (!fields || !ratesNode || !rolesNode) return undefined;
  const rates = checkRates(ratesNode, steps, reader);
  const escalation = reader.oneOf(fields.get('escalation'), 'The role of an escalation', AUTHORITY_ROLES);
  const separate = words(fields.get('separate'), 'The people who are separate', SEPARATED, reader);
  const roles: Partial<Record<AuthorityRole, RoleLimits>> = {};
  for (const { key, at, value } of reader.entries(rolesNode, 'The roles of the authority')) {
    const role = AUTHORITY_ROLES.find((each) => each === key);
    if (!role) {
      const fix = `Write one of: ${AUTHORITY_ROLES.join(', ')}.`;
      reader.problems.error(at, 'UNKNOWN_NAME', `The authority names the role "${key}", which decides nothing.`, fix);
      continue;
    }
    const limits = checkRole(value, `Role "${role}"`, reader);
    if (limits) roles[role] = limits;
  }
  if (!rates || !escalation || !separate) return undefined;
  if (roles[escalation]) return { rates, roles, escalation, separate };
  const fault = `The escalation goes to "${escalation}", which has no limits`;
  reader.problems.error(node.at, 'MISSING_KEY', `${fault}.`, `Add ${escalation}: to the roles.`);
  return undefined;
}

function checkRole(node: Node, where: string, reader: Reader): RoleLimits | undefined {
  const fields = reader.fields(node, where, ['amount', 'corridor', 'alone', 'confirms'], ['note']);
  if (!fields) return undefined;
  const amount = reader.integer(fields.get('amount'), `The amount of ${where}`, 0, Number.MAX_SAFE_INTEGER);
  const corridor = reader.integer(fields.get('corridor'), `The corridor of ${where}`, 0, MAX_RATE);
  const alone = words(fields.get('alone'), `What ${where} decides alone`, DECISION_KINDS, reader);
  const confirms = words(fields.get('confirms'), `What ${where} confirms`, DECISION_KINDS, reader);
  const never = alone?.find((kind) => NEVER_ALONE.has(kind));
  if (never !== undefined) {
    const fault = `${where} decides "${never}" alone, which needs two people`;
    const fix = `Remove ${never} from alone, and add it to what a role confirms.`;
    reader.problems.error(fields.get('alone')?.at ?? node.at, 'ONE_PERSON', `${fault}.`, fix);
    return undefined;
  }
  if (amount === undefined || corridor === undefined || !alone || !confirms) return undefined;
  return { amount, corridor, alone, confirms };
}

/** The range `LOW..HIGH`. Where `annual_rate` is a table, the range is that of its cells. */
function checkRates(node: Node, steps: Steps, reader: Reader): Authority['rates'] | undefined {
  const text = reader.text(
    node,
    'The rates of the authority',
    /^\d[\d_]*\.\.\d[\d_]*$/,
    'LOW..HIGH, such as 899..2799',
  );
  const [low = NaN, high = NaN] = (text ?? '').split('..').map((each) => Number(each.replaceAll('_', '')));
  if (text === undefined) return undefined;
  if (low > high || high > MAX_RATE) {
    const fix = `Write LOW..HIGH in basis points, up to ${MAX_RATE}.`;
    reader.problems.error(node.at, 'MALFORMED', `The rates of the authority are "${text}".`, fix);
    return undefined;
  }
  const table = steps.steps.find((step) => step.kind === 'table' && step.value.name === 'annual_rate');
  const cells = table?.kind === 'table' ? table.cells.filter((cell) => cell !== null) : [];
  if (cells.length === 0 || (Math.min(...cells) === low && Math.max(...cells) === high)) return { low, high };
  const fault = `The rates of the authority are ${text}, but the table annual_rate has other bounds`;
  const fix = `Write ${Math.min(...cells)}..${Math.max(...cells)}.`;
  reader.problems.error(node.at, 'TABLE_VALUE_OUT_OF_RANGE', `${fault}.`, fix);
  return undefined;
}

/** A list of known words, each once. */
function words<const Word extends string>(
  node: Node | undefined,
  where: string,
  known: readonly Word[],
  reader: Reader,
): Word[] | undefined {
  const items = node && reader.list(node, where);
  if (!items) return undefined;
  const found: Word[] = [];
  let sound = true;
  for (const item of items) {
    const text = item.kind === 'scalar' ? item.text : '';
    const word = known.find((each) => each === text);
    if (word !== undefined && !found.includes(word)) {
      found.push(word);
      continue;
    }
    const close = nearest(text, known);
    const fix = word !== undefined ? 'Remove it.' : close ? `Did you mean "${close}"?` : `Use: ${known.join(', ')}.`;
    const fault = word !== undefined ? `has "${text}" twice` : `has "${text}", which means nothing here`;
    reader.problems.error(item.at, word !== undefined ? 'DUPLICATE_ID' : 'UNKNOWN_NAME', `${where} ${fault}.`, fix);
    sound = false;
  }
  return sound ? found : undefined;
}
