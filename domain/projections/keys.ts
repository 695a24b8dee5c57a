/** Keys of the work items, in one place. */
export const keys = {
  summary: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'SUMMARY' }),
  task: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'TASK' }),
  /** Queues an ended execution until an operator redrives it. */
  ended: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'ENDED' }),
  pull: (applicationId: string, bureau: string, epoch: number | string) => ({
    pk: `PULL#${applicationId}#${bureau}#${epoch}`,
    sk: 'STATE',
  }),
  person: (personKey: string, applicationId: string) => ({ pk: `PERSON#${personKey}`, sk: applicationId }),
  /** The work on an application that waits for a person. Apart from its task, which has a credential. */
  case: (applicationId: string) => ({ pk: `CASE#${applicationId}`, sk: 'STATE' }),
  /** Cases that wait for a person, by the instant at which each is due; or for the applicant, by the end of the request. */
  cases: (waitsFor: 'REVIEW' | 'ATTENTION' | 'APPLICANT') => `CASES#${waitsFor}`,
  queue: (queue: 'REVIEW' | 'ATTENTION') => `QUEUE#${queue}`,
  /** Applications whose execution was not started yet: what a death between accepting and starting leaves behind. */
  starting: 'STARTING',
  /** Intakes that were never accepted and are being forgotten. */
  abandoned: 'ABANDONED',
  reopening: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'REOPENING' }),
  offers: (applicationId: string, decision: string) => ({
    pk: `APPLICATION#${applicationId}`,
    sk: `OFFERS#${decision}`,
  }),
  /** Decisions that the applicant can answer, by the last day: with open offers, or of an incomplete application. */
  openOffers: 'OFFERS',
  /** The notices of an application that are to be sent. */
  delivery: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'DELIVERY' }),
  /** Applications with a notice to send, by the instant of the next try. */
  deliveries: 'DELIVERY',
  noticeClock: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'NOTICE_CLOCK' }),
  /** Applications without a sent notice, by the local date from which its days are counted. */
  noticeClocks: 'NOTICE_CLOCK',
  /** The versions of a product's policy that were proposed and approved. */
  policy: (product: string) => ({ pk: `POLICY#${product}`, sk: 'APPROVALS' }),
  /** Every registered model package and every promotion. */
  models: { pk: 'MODELS', sk: 'REGISTRY' },
  retention: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'RETENTION' }),
  /** Decided applications that nothing holds, by the last day on which they are kept. */
  kept: 'RETENTION',
  /** Applications under a legal hold. */
  onHold: 'LEGAL_HOLD',
  undecided: 'UNDECIDED',
  /** Which application's ledger names a piece of evidence; or that none did when it was looked for. */
  named: (address: string) => ({ pk: `EVIDENCE#${address}`, sk: 'NAMED' }),
  /** The last findings of an application, or of all evidence, that were reported. */
  findings: (applicationId: string) => ({ pk: `APPLICATION#${applicationId}`, sk: 'FINDINGS' }),
  /** How far reconciliation has come. */
  reconciliation: (pass: string) => ({ pk: 'RECONCILIATION', sk: pass }),
  switch: (kind: string, id: string) => ({ pk: `SWITCH#${kind}:${id}`, sk: 'STATE' }),
  decided: (applicationId: string, decision: string) => ({
    pk: `APPLICATION#${applicationId}`,
    sk: `DECIDED#${decision}`,
  }),
  /** Applications by the month of receipt, `YYYY-MM`, in eight shards, so that no key is hot. */
  receivedIn: (month: string, shard: number) => `RECEIVED#${month}#${shard}`,
  /** Decisions by the month in which each was made, in shards too. */
  decidedIn: (month: string, shard: number) => `DECIDED#${month}#${shard}`,
  /** Applications that a policy or a model package was asked about, in shards too. */
  affectedBy: (digest: string, shard: number) => `AFFECTED#${digest}#${shard}`,
};
