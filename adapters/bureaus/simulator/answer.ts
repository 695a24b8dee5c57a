import { SIMULATED_FORMAT, SIMULATED_ON } from '../../../domain/bureau/mappings/simulated.ts';
import type { BureauAnswer, BureauRequest } from '../../../domain/bureau/request.ts';
import { addDays, addMonths, type LocalDate } from '../../../domain/calendar.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import { sha256 } from '../../../domain/ledger/canonical-json.ts';
import { creditFile, inventedAttributes, type CreditFile } from './credit-file.ts';
import type { Scenario } from './scenarios.ts';

const NOT_REPORTED = 'NR';

const RESULT: Partial<Record<Scenario, string>> = { NO_HIT: '03', THIN: '02', FROZEN: '04' };
const WARNING: Partial<Record<Scenario, { code: string; text: string }>> = {
  FRAUD_INITIAL: { code: 'FA1', text: 'INITIAL FRAUD ALERT' },
  FRAUD_EXTENDED: { code: 'FA2', text: 'EXTENDED FRAUD ALERT' },
  ACTIVE_DUTY: { code: 'AD1', text: 'ACTIVE DUTY ALERT' },
  UNKNOWN_ALERT: { code: 'ZZ9', text: 'SEE CONSUMER NOTE' },
  DECEASED: { code: 'DC1', text: 'REPORTED DECEASED' },
};

/** The answer of a scenario from one row of the sample: the same request gives the same bytes. */
export function simulatedAnswer(request: BureauRequest, scenario: Scenario, row: number): BureauAnswer {
  const file = creditFile(row);
  const result = RESULT[scenario] ?? '01';
  const found = result === '01' || result === '02';
  const warning = WARNING[scenario];
  const body: JsonObject = {
    simulated: true,
    notice: 'SIMULATED. NOT A CONSUMER REPORT. DESCRIBES NO REAL PERSON.',
    head: {
      bureau: request.bureau,
      clientRef: scenario === 'OTHER_REFERENCE' ? `other-than-${request.reference}` : request.reference,
      fileRef: `SIM-${sha256(`${request.bureau}\n${request.reference}`).slice(0, 16).toUpperCase()}`,
      inquiry: request.inquiry === 'HARD' ? 'H' : 'S',
      purpose: 'EC',
      asOf: mmddccyy(SIMULATED_ON),
    },
    result,
    person: found ? person(request, scenario) : null,
    warnings: warning ? [{ ...warning, reach: reachOf(scenario, row) }] : [],
    asked: found ? inquiries(file) : null,
    file: found ? attributes(file, result === '02') : null,
  };
  return { format: SIMULATED_FORMAT, body: scenario === 'UNREADABLE' ? spoiled(body, row) : body };
}

/** The last of ten rows has an alert without a contact. */
const WITHOUT_CONTACT = 9;

/**
 * The ways to reach the consumer of an alert. Each telephone number is one of 555-0100 to 555-0199, which no subscriber
 * has. An extended alert names a telephone number, an e-mail address or both.
 */
function reachOf(scenario: Scenario, row: number): JsonObject[] {
  if (row % 10 === WITHOUT_CONTACT) return [];
  const twoDigits = String(row % 100).padStart(2, '0');
  const telephone = { by: 'TEL', to: `21755501${twoDigits}` };
  const email = { by: 'EML', to: `alert-${twoDigits}@example.com` };
  if (scenario === 'FRAUD_EXTENDED') return [[telephone], [telephone, email], [email]][row % 3] ?? [];
  return scenario === 'FRAUD_INITIAL' || scenario === 'ACTIVE_DUTY' ? [telephone] : [];
}

function person({ consumer }: BureauRequest, scenario: Scenario): JsonObject {
  const born = mmddccyy(consumer.dateOfBirth);
  if (scenario !== 'MISMATCH') {
    return { sur: consumer.lastName.toUpperCase(), given: (consumer.firstName ?? '').toUpperCase(), born };
  }
  return {
    sur: consumer.lastName.toUpperCase() === 'SPECIMEN' ? 'EXAMPLE' : 'SPECIMEN',
    given: (consumer.firstName ?? '').toUpperCase(),
    born: born === '01021961' ? '02031962' : '01021961',
  };
}

/**
 * A list that counts to the row's three inquiry figures. Each inquiry has a subscriber of its own; some are listed
 * twice, as real bureaus do.
 */
function inquiries(file: CreditFile): Json[] {
  const listed = Math.max(file.inquiries12m, file.financeInquiries);
  return Array.from({ length: listed }, (_, index): JsonObject => {
    // Within 6 months: 1-150 days back. 6 to 12: 200-339. Over 12, only where there are more finance inquiries: 400-699.
    const spread = (first: number, days: number) => first + ((index * 13 + file.row * 7) % days);
    let daysBack = spread(400, 300);
    if (index < file.inquiries6m) daysBack = spread(1, 150);
    else if (index < file.inquiries12m) daysBack = spread(200, 140);
    return {
      on: mmddccyy(addDays(SIMULATED_ON, -daysBack)),
      by: `SUB${String(index + 1).padStart(4, '0')}`,
      kind: index < file.financeInquiries ? 'PF' : 'OT',
    };
  }).flatMap((inquiry, index) => (index % 3 === 2 ? [inquiry, { ...inquiry }] : [inquiry]));
}

/** A thin file is one young revolving account: nothing is reported that it could not have. */
function attributes(file: CreditFile, thin: boolean): JsonObject {
  const invented = inventedAttributes(file);
  const unlessThin = (text: string) => (thin ? NOT_REPORTED : text);
  return {
    late2y: unlessThin(count(file.delinquencies2y)),
    lateNow: unlessThin(count(file.accountsNowDelinquent)),
    pastDue: unlessThin(dollars(file.delinquentAmount)),
    revUse: tenths(file.revolvingUtilisationPercent),
    allUse: unlessThin(tenths(file.allUtilisationPercent)),
    insOpen: unlessThin(count(file.instalmentActive)),
    insNew12: unlessThin(count(file.instalmentOpened12m)),
    insNew24: unlessThin(count(file.instalmentOpened24m)),
    insEver: unlessThin(count(file.instalmentAccounts)),
    insOwed: unlessThin(dollars(file.instalmentBalance)),
    insHigh: unlessThin(dollars(file.instalmentLimit)),
    monthly: unlessThin(dollars(invented.monthlyObligations)),
    oldest: mmddccyy(firstOfMonth(thin ? 1 + (file.row % 5) : invented.oldestAccountMonths)),
    bankrupt: thin ? count(0) : count(invented.bankruptcies),
  };
}

/** A bureau that lies: text for a number, a negative count, or a block left out, by row modulo 3. */
function spoiled(body: JsonObject, row: number): JsonObject {
  const file = body['file'] as JsonObject;
  if (row % 3 === 0) return { ...body, file: { ...file, insEver: 'SEVERAL' } };
  if (row % 3 === 1) return { ...body, file: { ...file, late2y: '-01' } };
  const { file: _left, ...rest } = body;
  return rest;
}

const count = (value: number) => String(value).padStart(3, '0');
const dollars = (value: number) => String(value).padStart(8, '0');
/** Percent in tenths: 67.4 is `00674`. */
const tenths = (percent: number) => String(Math.round(percent * 10)).padStart(5, '0');

function mmddccyy(isoDate: string): string {
  const [year = '', month = '', day = ''] = isoDate.split('-');
  return `${month}${day}${year}`;
}

/** The first day of the month so many months before the day of the answer. */
function firstOfMonth(months: number): LocalDate {
  return addMonths(SIMULATED_ON, -months, 1);
}
