import { describe, expect, test } from '@jest/globals';

import type { NoticeRecord } from '../../documents/notices/record.ts';
import { renderNotices } from '../../documents/notices/render.ts';
import { goldenNotices } from '../support/golden-notices.ts';

const named = (name: string): NoticeRecord => goldenNotices().find((each) => each.name === name)!.record;
const denied = named('decline-by-model.ADVERSE_ACTION');

/** The kinds of notices of a record, decided on a date for a resident of a state. */
function kindsFor(record: NoticeRecord, state: 'CO' | 'IL', decidedOn: string): string[] {
  const application = { ...record.application, residence: { state } };
  const decided = { ...record, application, decision: { ...record.decision, decidedOn } };
  return renderNotices(decided, { channel: 'PAPER' }).map(({ kind }) => kind);
}

describe('The explanation of an automated decision', () => {
  test('is owed to a resident of Colorado whose application is refused from 2027-01-01 on', () => {
    const both = ['ADVERSE_ACTION', 'AUTOMATED_DECISION_EXPLANATION'];
    expect(kindsFor(denied, 'CO', '2027-01-01')).toEqual(both);
    expect(kindsFor(denied, 'CO', '2026-12-31')).toEqual(['ADVERSE_ACTION']);
    expect(kindsFor(denied, 'IL', '2027-01-01')).toEqual(['ADVERSE_ACTION']);
  });

  test('is owed with a counteroffer, and not with an approval', () => {
    const offered = kindsFor(named('counteroffer-dti.COUNTEROFFER'), 'CO', '2027-02-01');
    expect(offered).toContain('AUTOMATED_DECISION_EXPLANATION');
    const approved = kindsFor(named('approve-middle-rate.APPROVAL'), 'CO', '2027-02-01');
    expect(approved).not.toContain('AUTOMATED_DECISION_EXPLANATION');
  });

  test('states whether a person made the decision', () => {
    const messages = (decidedBy: string) => {
      const application = { ...denied.application, residence: { state: 'CO' as const } };
      const decision = { ...denied.decision, decidedBy, decidedOn: '2027-02-01' };
      const notices = renderNotices({ ...denied, application, decision }, { channel: 'PAPER' });
      return JSON.stringify(notices.at(-1)?.blocks);
    };
    expect(messages('POLICY')).toContain('explanation.automatic');
    expect(messages('r.vega')).toContain('explanation.assisted');
    expect(messages('r.vega')).not.toContain('explanation.automatic');
  });
});
