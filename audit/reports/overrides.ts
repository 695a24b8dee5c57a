import { localDate } from '../../domain/calendar.ts';
import { clearanceInWords } from '../../domain/decision/clearance.ts';
import { overrideDirection } from '../../domain/decision/override.ts';
import { overridesIn, receiptOf, Tally, hoursOf } from './recorded.ts';
import { within, defineReport } from './report.ts';

type OverrideRow = {
  applicationId: string;
  product: string;
  on: string;
  by: string;
  from: string | null;
  to: string;
  direction: string;
  rules: string;
  clears: string;
  evidence: string;
  reasons: string;
  role: string;
  second: string;
  confirmedBy: string;
  waitedHours: number;
};

export const overrides = defineReport<OverrideRow>({
  name: 'overrides',
  title: 'Overrides by officer and direction',
  question: 'Who decided in the place of the policy, how often, and in whose favour?',
  dated: 'decided by a person',
  reads: ['policy', 'review'],
  notes: [
    'A direction is against what the policy would have come to had it not asked for a person: FOR_APPLICANT approved what a rule declines or on better terms, AGAINST_APPLICANT declined what could be offered or offered worse terms, AS_POLICY did the same, OTHER_TERMS is better in one and worse in another, HOLD_CLEARED lifted a hold, NOT_COMPARABLE is where the policy could come to nothing.',
  ],
  columns: [
    { name: 'applicationId', heading: 'Application', brief: true },
    { name: 'product', heading: 'Product' },
    { name: 'on', heading: 'On', brief: true },
    { name: 'by', heading: 'Officer', brief: true },
    { name: 'from', heading: 'Policy', brief: true },
    { name: 'to', heading: 'Officer’s', brief: true },
    { name: 'direction', heading: 'Direction', brief: true },
    { name: 'rules', heading: 'Rules that asked' },
    { name: 'clears', heading: 'Cleared' },
    { name: 'evidence', heading: 'Evidence' },
    { name: 'reasons', heading: 'Reasons' },
    { name: 'role', heading: 'Role' },
    { name: 'second', heading: 'Beyond its limits' },
    { name: 'confirmedBy', heading: 'Confirmed by' },
    { name: 'waitedHours', heading: 'Waited, hours', format: 'DECIMAL' },
  ],
  begin(scope) {
    const byOfficer = new Tally(overrideDirection.options);
    return {
      *add(recorded) {
        const product = receiptOf(recorded)?.product ?? '';
        for (const override of overridesIn(recorded)) {
          const { at, by, from, to, direction, rules, clears, clearances = [], reasons, waitedMs } = override;
          const on = localDate(at, recorded.timeZone);
          if (!within(scope, on)) continue;
          byOfficer.add(by, direction);
          yield {
            applicationId: recorded.applicationId,
            product,
            on,
            by,
            from,
            to,
            direction,
            rules: rules.join(' '),
            clears: clears.join(' '),
            evidence: clearances.map(clearanceInWords).join('; '),
            reasons: reasons.join(' '),
            role: override.role ?? '',
            second: override.second?.join(' ') ?? '',
            confirmedBy: override.confirmedBy ?? '',
            waitedHours: hoursOf(waitedMs),
          };
        }
      },
      end: () => ({
        plots: [{ kind: 'PLOT', shape: 'BARS', title: 'By officer', unit: 'overrides', ...byOfficer.plotted() }],
      }),
    };
  },
});
