import type { Condition, Verification } from '../../domain/decision/condition-evidence.ts';
import type { JsonObject } from '../../domain/json.ts';
import { sampleNow } from './samples.ts';

/** What a submission states, as far as a verification repeats it. */
interface Stated {
  readonly income?: { readonly annualGrossCents: number } | null;
  readonly employment?: { readonly status: string; readonly yearsInJob: number | null } | null;
  readonly request?: { readonly vehicle?: { readonly year: number; readonly mileage: number } };
}

type Body = Verification extends infer Each ? (Each extends Verification ? Omit<Each, 'condition'> : never) : never;

/** A verification that confirms what a submission states. */
export function verifiedOf({ income, employment, request }: Stated, condition: Condition): Body & JsonObject {
  const common = { source: 'APPLICANT', documentDate: '2025-12-31' } as const;
  const bodies = {
    INCOME: { document: 'PAY_STATEMENT', ...common, annualGrossCents: income?.annualGrossCents ?? 0 },
    IDENTITY: {
      document: 'PASSPORT',
      ...common,
      nameMatches: true,
      dateOfBirthMatches: true,
      addressMatches: true,
    },
    EMPLOYMENT: { document: 'EMPLOYER_CALL', ...common, ...employment },
    TITLE: {
      document: 'TITLE',
      ...common,
      title: 'CLEAN',
      modelYear: request?.vehicle?.year ?? 0,
      mileage: request?.vehicle?.mileage ?? 0,
    },
  } as const;
  return bodies[condition] as Body & JsonObject;
}

/** A verification that confirms what a sample application states. */
export const verifiedFor = (sample: string, condition: Condition): Body & JsonObject =>
  verifiedOf(sampleNow(sample) as Stated, condition);
