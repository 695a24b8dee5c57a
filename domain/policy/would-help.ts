import type { Application } from '../application/submission.ts';
import { changedFile, type FileFact } from '../features/changes.ts';
import type { CreditFile } from '../products/product.ts';
import { requestedOf } from '../products/request.ts';
import { shiftedPdMicros, type ScoreResult } from '../scoring/score.ts';
import { applyFull, type PolicyCall } from './apply.ts';
import type { PolicyResult, WouldHelp } from './result.ts';

const MAX_ALTERNATIVES = 3;
const MAX_COMBINED = 3;

/** Sums of float32 differ by less than this, in 1e-6 log-odds. It counts against the change. */
const ROUNDING_MICROS = 10;

type Call = PolicyCall & CreditFile;
type Change = WouldHelp[number][number];

/** Values of one fact, nearest first, and the file with each of them. */
interface Lever {
  readonly targets: readonly Change[];
  readonly at: (call: Call, target: Change) => Call;
  /** How far the last target lowers the margin. */
  readonly effect: number;
}

/**
 * Adds to an automatic decline or counteroffer the changes with which the same policy and model would have decided better: an
 * offer in place of a decline, the request in place of a counteroffer. Each alternative is applied as a whole file, so no rule
 * and no limit is left out.
 */
export function withHelp(call: Call, decided: PolicyResult): PolicyResult {
  const { outcome, stage } = decided;
  if (stage !== 'FULL' || (outcome !== 'DECLINE' && outcome !== 'COUNTEROFFER')) return decided;
  const better = outcome === 'DECLINE' ? ['APPROVE', 'COUNTEROFFER'] : ['APPROVE'];
  const passes = (changed: Call): boolean => better.includes(applyFull(changed).outcome);
  const ofFile = fileLevers(call);
  const ofRequest = outcome === 'DECLINE' ? requestLevers(call) : [];
  const singles = [...ofRequest, ...ofFile].flatMap((lever) => {
    const nearest = nearestOf(lever, call, passes);
    return nearest ? [[nearest]] : [];
  });
  const combined = singles.length > 0 ? [] : combinationOf(ofFile, call, passes);
  return { ...decided, wouldHelp: [...singles.slice(0, MAX_ALTERNATIVES), ...combined] };
}

/** The nearest target that passes; undefined where even the last one does not. A nearer target is never better. */
function nearestOf({ targets, at }: Lever, call: Call, passes: (changed: Call) => boolean): Change | undefined {
  const last = targets.at(-1);
  if (!last || !passes(at(call, last))) return undefined;
  let [low, high] = [0, targets.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const target = targets[middle];
    if (target && passes(at(call, target))) high = middle;
    else low = middle + 1;
  }
  return targets[low];
}

/** The fewest changes together, each as near as the others leave it. */
function combinationOf(levers: readonly Lever[], call: Call, passes: (changed: Call) => boolean): WouldHelp {
  const lasts = (chosen: readonly Lever[]): Call =>
    chosen.reduce((changed, { targets, at }) => {
      const last = targets.at(-1);
      return last ? at(changed, last) : changed;
    }, call);
  let needed = levers.toSorted((a, b) => a.effect - b.effect);
  if (!passes(lasts(needed))) return [];
  for (const lever of needed) {
    const without = needed.filter((each) => each !== lever);
    if (passes(lasts(without))) needed = without;
  }
  if (needed.length > MAX_COMBINED) return [];
  let base = call;
  const changes: Change[] = [];
  for (const [index, lever] of needed.entries()) {
    const others = needed.slice(index + 1);
    const nearest = nearestOf(lever, base, (changed) =>
      passes(others.reduce((all, { targets, at }) => at(all, targets.at(-1)!), changed)),
    );
    if (!nearest) return [];
    base = lever.at(base, nearest);
    changes.push(nearest);
  }
  return [changes];
}

const UNITS: Readonly<Record<FileFact, Change['unit']>> = {
  REVOLVING_UTILISATION: 'PERCENT',
  ALL_UTILISATION: 'PERCENT',
  INSTALMENT_BALANCE: 'CENTS',
  RECENT_INQUIRIES: 'COUNT',
  OPENED_ACCOUNTS: 'COUNT',
  PAST_DUE: 'COUNT',
  MONTHLY_OBLIGATIONS: 'CENTS',
};

/** One lever for each fact of the credit file that the score has changes of. */
function fileLevers({ scoring }: Call): Lever[] {
  return (scoring?.result?.changes ?? []).map(({ fact, from, targets }) => {
    const by = new Map(targets.map(({ to, byMicros }) => [to, byMicros]));
    return {
      targets: targets.map(({ to }) => ({ fact, unit: UNITS[fact], from, to })),
      at: (call, { to }) => withFile(call, fact, to, by.get(to) ?? 0),
      effect: -(targets.at(-1)?.byMicros ?? 0),
    };
  });
}

/** The file with one fact changed, and every score moved as the model moves it. */
function withFile(call: Call, fact: FileFact, to: number, byMicros: number): Call {
  const { report, scoring } = call;
  if (!report?.attributes || !scoring?.result) return call;
  const shift = byMicros + ROUNDING_MICROS;
  const { marginMicros, pdMicros: own, candidates } = scoring.result;
  const result: ScoreResult = {
    ...scoring.result,
    marginMicros: marginMicros + shift,
    pdMicros: shiftedPdMicros(own, shift),
    ...(candidates && {
      candidates: {
        ...candidates,
        terms: candidates.terms.map(({ termMonths, runs }) => ({
          termMonths,
          runs: runs.map(({ fromCents, pdMicros }) => ({
            fromCents,
            pdMicros: pdMicros === null ? null : shiftedPdMicros(pdMicros, shift),
          })),
        })),
      },
    }),
  };
  const attributes = changedFile(report.attributes, fact, to);
  return { ...call, report: { ...report, attributes }, scoring: { ...scoring, result } };
}

/** A smaller amount or limit, and a shorter term, each by the score that its candidate has. */
function requestLevers({ application, product, scoring }: Call): Lever[] {
  const { amountCents, termMonths } = requestedOf(application);
  const { requestCents, termsMonths } = product.terms;
  if (amountCents === null || !scoring?.result?.candidates) return [];
  const amounts = Array.from({ length: 9 }, (_, index) => Math.floor((amountCents * (9 - index)) / 100_000) * 10_000);
  const smaller = [...new Set(amounts)].filter((each) => each < amountCents && each >= requestCents[0]);
  const shorter = termMonths === null ? [] : termsMonths.filter((each) => each < termMonths).toReversed();
  const change = (fact: 'AMOUNT' | 'TERM', unit: Change['unit'], from: number) => (to: number) =>
    ({ fact, unit, from, to }) satisfies Change;
  return [
    {
      targets: smaller.map(change('AMOUNT', 'CENTS', amountCents)),
      at: (call, { to }) => asking(call, to, termMonths),
      effect: 0,
    },
    {
      targets: shorter.map(change('TERM', 'MONTHS', termMonths ?? 0)),
      at: (call, { to }) => asking(call, amountCents, to),
      effect: 0,
    },
  ];
}

/** The file with another request. A request without a score of its own leaves the score missing. */
function asking(call: Call, amountCents: number, termMonths: number | null): Call {
  const { application, product, scoring } = call;
  const { candidates } = scoring?.result ?? {};
  if (!scoring?.result || !candidates) return call;
  const request =
    application.product === 'credit-line'
      ? { ...application.request, limitCents: amountCents }
      : { ...application.request, amountCents, termMonths };
  const terms = candidates.terms.map((term) => ({
    ...term,
    runs: term.runs.filter(({ fromCents }) => fromCents <= amountCents),
  }));
  const scoredTerm = termMonths ?? product.features(application).termMonths;
  const pdMicros = terms.find((term) => term.termMonths === scoredTerm)?.runs.at(-1)?.pdMicros ?? null;
  const result = pdMicros === null ? null : { ...scoring.result, pdMicros, candidates: { ...candidates, terms } };
  return { ...call, application: { ...application, request } as Application, scoring: { ...scoring, result } };
}
