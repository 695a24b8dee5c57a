import {
  bandInput,
  cutoffInput,
  type Inputs,
  type InputValue,
  type PolicyModel,
} from '@underwright/policy-compiler/module';

import type { Alert, CreditAttributes } from '../bureau/report.ts';
import { daysBetween, localDate } from '../calendar.ts';
import { bandAt } from '../scoring/score.ts';
import type { Scoring } from '../scoring/scoring.ts';
import type { CreditFile, PreBureauFile } from './product.ts';

/** Inputs that the policies of all products have before a report is pulled. */
export function commonPreBureauInputs({ application, screening }: PreBureauFile): Inputs {
  const { income, employment, housing } = application;
  return {
    annual_income: income?.annualGrossCents ?? null,
    // Nothing verifies them before funding yet, so every approval has them among its conditions.
    income_verified: false,
    identity_verified: false,
    employment: employment?.status ?? null,
    housing_payment: housing?.monthlyPaymentCents ?? null,
    list_match: screening.status === 'HOLD',
    of_legal_age: screening.ofLegalAge,
    other_open_applications: screening.otherOpenApplications,
  };
}

/**
 * Inputs that the policies of all products take from the report and the score.
 * @param model of the policy's module.
 */
export function commonFullInputs(file: CreditFile, model: PolicyModel | undefined): Inputs {
  const { status, report, scoring } = file;
  return {
    bureau_status: status,
    ...alertInputs(report),
    report_age_days: reportAgeDays(file),
    ...attributeInputs(report?.attributes ?? null),
    model_faults: scoring?.faults.length ?? 0,
    ...scoreInputs(scoring, scoring?.result?.pdMicros ?? null, model),
  };
}

/**
 * Inputs that follow from one probability of default: itself, and the cut-offs and bands of the model package that the
 * policy names. A cut-off or a band that the score does not state is null, so a person decides.
 * @param pdMicros of the request or of another candidate, in parts per million; null where it has none.
 * @param model of the policy's module. A module without it declares no such input.
 */
export function scoreInputs(
  scoring: Pick<Scoring, 'cutoffs' | 'bands'> | null,
  pdMicros: number | null,
  model: PolicyModel | undefined,
): Inputs {
  const inputs: Record<string, InputValue> = { pd: pdMicros };
  for (const name of model?.cutoffs ?? []) inputs[cutoffInput(name)] = stated(scoring?.cutoffs, name);
  for (const name of Object.keys(model?.bands ?? {})) {
    const band = stated(scoring?.bands, name);
    const cell = band && pdMicros !== null ? bandAt(band.cuts, pdMicros) : null;
    inputs[bandInput(name)] = cell === null ? null : (band?.names[cell] ?? null);
  }
  return inputs;
}

function stated<Value>(values: Readonly<Record<string, Value>> | undefined, name: string): Value | null {
  return values && Object.hasOwn(values, name) ? (values[name] ?? null) : null;
}

function alertInputs(report: CreditFile['report']): Inputs {
  const has = (alert: Alert): boolean => report?.alerts.includes(alert) ?? false;
  return {
    alert_fraud_initial: has('FRAUD_INITIAL'),
    alert_fraud_extended: has('FRAUD_EXTENDED'),
    alert_active_duty: has('ACTIVE_DUTY'),
    alert_deceased: has('DECEASED'),
    alert_unknown: has('UNKNOWN'),
  };
}

/** The attributes of a report; all are null without one. */
function attributeInputs(attributes: CreditAttributes | null): Inputs {
  const reported = (name: keyof CreditAttributes): number | null => attributes?.[name] ?? null;
  const utilisation = reported('revolvingUtilisationPercent');
  return {
    monthly_obligations: reported('monthlyObligationsCents'),
    bankruptcies: reported('bankruptcies'),
    accounts_now_delinquent: reported('accountsNowDelinquent'),
    delinquent_amount: reported('delinquentAmountCents'),
    delinquencies_2y: reported('delinquencies2y'),
    inquiries_6m: reported('inquiries6m'),
    finance_inquiries: reported('financeInquiries'),
    instalment_opened_12m: reported('instalmentOpened12m'),
    // Percent, to the basis point upwards: what is above a cut by less is above it.
    revolving_utilisation: utilisation === null ? null : Math.ceil(utilisation * 100),
    oldest_account_months: reported('oldestAccountMonths'),
  };
}

/**
 * Days since the bureau's answer, on the lender's calendar; null when they are not known. Negative for a report of the
 * future, which no policy believes. A simulated answer has the one date of its sample (its mapping reads no other), so it
 * is taken as of the day.
 */
export function reportAgeDays({ report, asOf, lender }: Pick<CreditFile, 'asOf' | 'lender' | 'report'>): number | null {
  if (!report) return null;
  if (report.simulated) return 0;
  const reported = report.reportedAt === null ? report.reportedOn : localDate(report.reportedAt, lender.timeZone);
  if (reported === null) return null;
  const days = daysBetween(reported, asOf);
  // A bureau that gives only a date may be a day ahead of the lender.
  return days === -1 && report.reportedAt === null ? 0 : days;
}
