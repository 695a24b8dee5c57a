import { atomNames, type Test } from './policy.ts';

/** What a condition can come to when one name is missing: true, false, open because of that name, open because of another. */
type Results = Readonly<Record<'yes' | 'no' | 'open' | 'other', boolean>>;
const NONE: Results = { yes: false, no: false, open: false, other: false };

/**
 * The names whose absence can leave a condition open (neither true nor false) in Kleene's three-valued logic.
 * `x != null && x < 5` is never open: without x it is false.
 */
export function unknownNames(test: Test, nullable: (name: string) => boolean): Set<string> {
  const candidates = [...new Set(namesOf(test))].filter(nullable);
  return new Set(candidates.filter((name) => resultsWithout(test, name, nullable).open));
}

function namesOf(test: Test): string[] {
  switch (test.kind) {
    case 'not':
      return namesOf(test.of);
    case 'and':
    case 'or':
      return [...namesOf(test.left), ...namesOf(test.right)];
    case 'flag':
    case 'is-null':
    case 'member':
    case 'compare':
      return atomNames(test);
  }
}

function resultsWithout(test: Test, missing: string, nullable: (name: string) => boolean): Results {
  switch (test.kind) {
    case 'not': {
      const { yes, no, open, other } = resultsWithout(test.of, missing, nullable);
      return { yes: no, no: yes, open, other };
    }
    case 'and':
    case 'or': {
      const left = resultsWithout(test.left, missing, nullable);
      const right = resultsWithout(test.right, missing, nullable);
      if (test.kind === 'and') return conjunction(left, right);
      // "or" is "and" with true and false exchanged.
      return exchanged(conjunction(exchanged(left), exchanged(right)));
    }
    case 'is-null':
      return test.name === missing ? { ...NONE, yes: true } : { ...NONE, yes: true, no: true };
    case 'flag':
    case 'member':
    case 'compare': {
      const names = atomNames(test);
      if (names.includes(missing)) return { ...NONE, open: true };
      return { ...NONE, yes: true, no: true, other: names.some(nullable) };
    }
  }
}

function conjunction(a: Results, b: Results): Results {
  return {
    yes: a.yes && b.yes,
    no: a.no || b.no,
    open: (a.open && (b.yes || b.open || b.other)) || (b.open && (a.yes || a.other)),
    other: (a.other && (b.yes || b.other)) || (b.other && a.yes),
  };
}

const exchanged = ({ yes, no, open, other }: Results): Results => ({ yes: no, no: yes, open, other });

/** The names that are certainly present when a condition has come to `truth`. */
export function presentNames(test: Test, truth: boolean): Set<string> {
  switch (test.kind) {
    case 'not':
      return presentNames(test.of, !truth);
    case 'and':
    case 'or': {
      const left = presentNames(test.left, truth);
      const right = presentNames(test.right, truth);
      if ((test.kind === 'and') === truth) return new Set([...left, ...right]);
      return new Set([...left].filter((name) => right.has(name)));
    }
    case 'is-null':
      return new Set(truth ? [] : [test.name]);
    case 'flag':
    case 'member':
    case 'compare':
      return new Set(atomNames(test));
  }
}
