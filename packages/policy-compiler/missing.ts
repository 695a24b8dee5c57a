import { atomNames, type Test } from './policy.ts';

/** What a condition can come to when one name is missing: true, false, open because of that name, open because of another. */
type Results = { yes: boolean; no: boolean; open: boolean; other: boolean };

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
      const a = resultsWithout(test.left, missing, nullable);
      const b = resultsWithout(test.right, missing, nullable);
      // "or" is "and" with true and false exchanged.
      const [rule, exception] = test.kind === 'and' ? (['yes', 'no'] as const) : (['no', 'yes'] as const);
      const joined = {
        open: (a.open && (b[rule] || b.open || b.other)) || (b.open && (a[rule] || a.other)),
        other: (a.other && (b[rule] || b.other)) || (b.other && a[rule]),
      };
      const held = a[rule] && b[rule];
      const broken = a[exception] || b[exception];
      return test.kind === 'and' ? { yes: held, no: broken, ...joined } : { yes: broken, no: held, ...joined };
    }
    case 'is-null':
      if (test.name === missing) return { yes: true, no: false, open: false, other: false };
      return { yes: true, no: true, open: false, other: false };
    case 'flag':
    case 'member':
    case 'compare': {
      const names = atomNames(test);
      if (names.includes(missing)) return { yes: false, no: false, open: true, other: false };
      return { yes: true, no: true, open: false, other: names.some(nullable) };
    }
  }
}

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
