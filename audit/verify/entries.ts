import { POLICIES_LEDGER } from '../../app/governance/govern-policy.ts';
import { readEvidence, type EvidenceKinds } from '../../app/workflow/read-evidence.ts';
import type { Notice } from '../../documents/notices.ts';
import { CREDITOR } from '../../domain/application/products.ts';
import { localDate } from '../../domain/calendar.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { Json } from '../../domain/json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, readBody, resumedId, type EventType } from '../../domain/ledger/events.ts';
import { ofNewestExecution } from '../../domain/ledger/reopening.ts';
import { afterChange, inForceOn, isGoverned, type Proposal } from '../../domain/policy/approval.ts';
import { policyChanges } from '../../domain/projections/control.ts';
import type { Records } from '../records.ts';
import { ACTS } from './acts.ts';
import type { Fault } from './fault.ts';
import { CLOCKS_MS, NotNamed, same, type Expected } from './rests-on.ts';

/**
 * Holds what the entries of one application say against the sealed objects that they name. A chain's hashes have no key:
 * whoever can write the ledger can chain changed entries anew, but cannot seal other evidence without the vault's key.
 */
export async function entryFaults(records: Records, entries: readonly LedgerEntry[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const entry of entries) {
    const { sequence } = entry;
    let expected: Expected;
    try {
      expected = await expectedOf(records, entry, entries);
    } catch (error) {
      // What is unreadable, missing or does not open is named with the entry that refers to it.
      if (!(error instanceof NotNamed)) continue;
      faults.push({ fault: 'ENTRY_DIFFERS', sequence, detail: error.message });
      continue;
    }
    const differing = Object.keys(expected).filter((path) => !same(valueAt(entry, path), expected[path]));
    if (differing.length > 0) {
      const detail = `Its ${differing.join(', ')} differ from the records that it rests on.`;
      faults.push({ fault: 'ENTRY_DIFFERS', sequence, detail });
    }
  }
  return faults;
}

const isAct = (type: string): type is keyof typeof ACTS => Object.hasOwn(ACTS, type);

function valueAt(entry: LedgerEntry, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], entry);
}

async function expectedOf(records: Records, entry: LedgerEntry, entries: readonly LedgerEntry[]): Promise<Expected> {
  const { applicationId, type, occurredAt } = entry;
  const references = evidenceNamedBy(entry);
  const addressOf = (kind: string): string => {
    const found = references.find((each) => each.kind === kind);
    if (!found) throw new NotNamed(`It names no ${kind}.`);
    return found.address;
  };
  const open = async <Kind extends keyof EvidenceKinds>(kind: Kind): Promise<[EvidenceKinds[Kind], string]> => {
    const address = addressOf(kind);
    return [await readEvidence(records.evidence, applicationId, kind, address), address];
  };
  if (isAct(type)) {
    const before = entries.filter(({ sequence }) => sequence < entry.sequence);
    return ACTS[type]({ entry, before, evidence: records.evidence, openDecision: () => open('decision') });
  }
  const system = { actor: 'system' };
  switch (type as Exclude<EventType, keyof typeof ACTS>) {
    case 'APPLICATION_RECEIVED': {
      const [{ product }] = await open('application');
      // identityFaults checks the actor.
      return {
        id: `intake/${applicationId}`,
        'body.product': product,
        'body.receivedOn': localDate(occurredAt, CREDITOR.timeZone),
      };
    }
    case 'APPLICATION_VALIDATED': {
      const [{ status, missing, receivedAt, receivedOn }, address] = await open('validation');
      requireReceipt(entries, receivedAt, receivedOn);
      return {
        ...system,
        'body.output.status': status,
        'body.output.evidence': address,
        'body.facts.missing': missing.map(({ path }) => path),
      };
    }
    case 'APPLICANTS_SCREENED': {
      const [{ status, list, possibleMatches }, address] = await open('screening');
      return {
        ...system,
        'body.output': { status, evidence: address },
        'body.facts': { list: list.name, listVersion: list.version, possibleMatches: possibleMatches.length },
      };
    }
    case 'PRE_BUREAU_POLICY_APPLIED':
    case 'POLICY_APPLIED': {
      const [{ policy, outcome, reasons }, address] = await open('policy');
      const { id, version, digest } = policy;
      const { policyApproval = null } = readBody(entry, type as 'POLICY_APPLIED' | 'PRE_BUREAU_POLICY_APPLIED').facts;
      await requireApproval(records, policyApproval, digest);
      if (type === 'PRE_BUREAU_POLICY_APPLIED') await requireInForce(records, entry, entries, policyApproval, digest);
      return {
        ...system,
        'body.output': { outcome, evidence: address },
        'body.facts': {
          policy: id,
          policyVersion: version,
          policyDigest: digest,
          policyApproval,
          outcome,
          ...(type === 'POLICY_APPLIED' && { reasons }),
        },
      };
    }
    case 'BUREAU_REPORT_PULLED': {
      const { output, evidence } = readBody(entry, 'BUREAU_REPORT_PULLED');
      const { bureau, status } = output;
      if (output['evidence'] === null && evidence.length === 0) {
        return { ...system, 'body.output.scorable': false, 'body.facts': { bureau: bureau!, status: status! } };
      }
      const [report, address] = await open('bureau-report');
      const { inquiry, reference, simulated, attributes } = report;
      const said = { bureau: report.bureau, status: report.status };
      const { reused } = readBody(entry, 'BUREAU_REPORT_PULLED').facts;
      const earlier = entries.some(
        (each) =>
          each.type === type && each.sequence < entry.sequence && same(each.body['evidence'], entry.body['evidence']),
      );
      if (reused === true && !earlier) throw new NotNamed('It reuses a report that no earlier entry pulled.');
      return {
        ...system,
        'body.output': { ...said, scorable: attributes !== null, evidence: address },
        'body.facts': { ...said, inquiry, reference, simulated, ...(reused === true && { reused }) },
      };
    }
    case 'APPLICATION_SCORED': {
      const [{ model, result }, address] = await open('score');
      return {
        ...system,
        'body.output': { evidence: address },
        'body.facts': { model: model.id, modelVersion: model.version, scored: result !== null },
      };
    }
    case 'REVIEW_COMPLETED':
    case 'ATTENTION_COMPLETED': {
      const [review, address] = await open('review');
      const { action } = review;
      const opening = review.queue === 'REVIEW' ? 'REVIEW_AWAITED' : 'ATTENTION_NEEDED';
      if (!entries.some(({ id, type }) => type === opening && `${id}/completed` === entry.id)) {
        throw new NotNamed('It completes a task that no entry opened.');
      }
      return {
        actor: review.by,
        type: review.queue === 'REVIEW' ? 'REVIEW_COMPLETED' : 'ATTENTION_COMPLETED',
        occurredAt: review.at,
        'body.action': action,
        'body.output': { action, evidence: address },
      };
    }
    case 'DECISION_RECORDED': {
      const [decision, address] = await open('decision');
      const { outcome, decidedBy, reasons, noticeDueOn, decidedAt, receivedAt, receivedOn } = decision;
      requireReceipt(entries, receivedAt, receivedOn);
      requireReopening(entries, entry, decision);
      return {
        ...system,
        occurredAt: decidedAt,
        'body.output': { outcome, evidence: address },
        'body.facts': { outcome, decidedBy, reasons: reasons.map(({ code }) => code), noticeDueOn },
      };
    }
    case 'NOTICES_ISSUED': {
      const address = addressOf('notice');
      const opened = await records.evidence.open(applicationId, 'notice', address);
      const { kind, template, channel, dueOn } = opened as unknown as Notice;
      return {
        ...system,
        'body.output': { notices: [{ kind, evidence: address }] },
        'body.facts': { kind, template, channel, dueOn, delivery: 'READY' },
      };
    }
    case 'HISTORY_ARCHIVED': {
      const opened = (await records.evidence.open(applicationId, 'history', addressOf('history'))) as unknown as {
        executionArn: string;
        status: string;
        events: { id: number; timestamp: string }[];
      };
      const { executionArn, status, events } = opened;
      return {
        ...system,
        id: `${executionArn}/archive/${events.at(-1)?.id ?? 0}`,
        occurredAt: events.at(-1)?.timestamp ?? occurredAt,
        'body.executionArn': executionArn,
        'body.status': status,
        'body.events': events.length,
      };
    }
    case 'TASK_RESUMED': {
      const before = entries.filter(({ sequence }) => sequence < entry.sequence);
      const archive = before.findLast((each) => each.type === 'HISTORY_ARCHIVED');
      const opened = before.findLast((each) => each.type === 'REVIEW_AWAITED' || each.type === 'ATTENTION_NEEDED');
      if (!archive || !opened) throw new NotNamed('It resumes a task that no execution left behind.');
      return { ...system, id: resumedId(archive), occurredAt: opened.occurredAt, 'body.task': opened.id };
    }
    case 'REVIEW_AWAITED':
    case 'ATTENTION_NEEDED':
    case 'BUREAU_ANSWER_UNREADABLE':
      return system;
  }
}

/** The approval by which a policy decided is in the ledger of policies, and is of that policy. */
async function requireApproval({ ledger }: Records, approval: Json, digest: string): Promise<void> {
  if (approval === null) return;
  const found = typeof approval === 'string' ? await ledger.find(POLICIES_LEDGER, approval) : undefined;
  const body = found && readBody(found, 'POLICY_GOVERNED');
  if (body?.action !== 'APPROVE' || body.digest !== digest) {
    throw new NotNamed('It names an approval of its policy that is not in the ledger of policies.');
  }
}

/**
 * The first stage of an execution chooses the policy: the one that the ledger of policies says was in force, at some moment
 * while the stage ran, on the day on which the application was received or reopened.
 */
async function requireInForce(
  { ledger }: Records,
  entry: LedgerEntry,
  entries: readonly LedgerEntry[],
  approval: Json,
  digest: string,
): Promise<void> {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  const [opening] = ofNewestExecution(entries.filter(({ sequence }) => sequence < entry.sequence));
  if (!received || !opening) return;
  const { product } = readBody(received, 'APPLICATION_RECEIVED');
  const { occurredAt } = opening.type === 'DECISION_REOPENED' ? opening : received;
  const date = localDate(occurredAt, CREDITOR.timeZone);
  const from = Date.parse(entry.occurredAt) - CLOCKS_MS;
  const until = Date.parse(entry.recordedAt) + CLOCKS_MS;
  let proposals: Proposal[] = [];
  const wasInForce = (): boolean => {
    if (approval === null) return !isGoverned(proposals);
    const found = inForceOn(proposals, date);
    return found?.digest === digest && found.approved.entry === approval;
  };
  for (const change of policyChanges(await ledger.read(POLICIES_LEDGER), product)) {
    const at = Date.parse(change.at);
    if (at > until) break;
    if (at >= from && wasInForce()) return;
    proposals = afterChange(proposals, change);
  }
  if (!wasInForce()) throw new NotNamed('By the ledger of policies its policy was not in force for it.');
}

/** A decision names the one that it supersedes, and why and when that was reopened; a first decision names none. */
function requireReopening(entries: readonly LedgerEntry[], entry: LedgerEntry, { supersedes }: DecisionRecord): void {
  const reopened = entries.findLast((each) => each.type === 'DECISION_REOPENED' && each.sequence < entry.sequence);
  const body = reopened && readBody(reopened, 'DECISION_REOPENED');
  const named = supersedes && [supersedes.decision, supersedes.why, supersedes.reopenedAt];
  if (!same(named, reopened && [body?.evidence[0]?.address ?? '', body?.why ?? '', reopened.occurredAt])) {
    throw new NotNamed('It and its sealed evidence say different things of the decision that it supersedes.');
  }
}

/** Steps after the receipt carry its instant and date: the legal clock runs from there. */
function requireReceipt(entries: readonly LedgerEntry[], receivedAt: string, receivedOn: string): void {
  const received = entries.find(({ type }) => type === 'APPLICATION_RECEIVED');
  if (!received) return;
  if (received.occurredAt !== receivedAt || received.body['receivedOn'] !== receivedOn) {
    throw new NotNamed('The entry of the receipt says another time of receipt than its sealed evidence.');
  }
}
