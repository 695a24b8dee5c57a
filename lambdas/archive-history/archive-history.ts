import type { Clock, HistoryEvent, Workflows } from '../../adapters/ports.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import type { StepOf } from '../handler.ts';
import { sealed, type StepPorts } from '../record-step.ts';
import { validatedExecution } from '../validate-application/validate-application.ts';

export interface ArchivePorts extends StepPorts {
  readonly workflows: Workflows;
  readonly clock: Clock;
}

/**
 * Keeps the whole step history of an ended execution as sealed evidence, because Step Functions forgets it after 90 days.
 *
 * An execution that is no application's (its input is no reference that we gave, or the application has another) is left
 * alone: there is no key to seal it under, and its input may be anything.
 */
export function archiveHistory(ports: ArchivePorts): StepOf<'ArchiveHistory'> {
  return async ({ detail: { executionArn, name, status } }) => {
    const applicationId = name.replace(/--[2-9]$/, '');
    if ((await validatedExecution(ports.ledger, applicationId)) !== executionArn) return { evidence: null, events: 0 };
    const history = await ports.workflows.history(executionArn);
    const ended = history.at(-1);
    const id = `${executionArn}/archive/${ended?.id ?? 0}`;
    const earlier = await ports.ledger.find(applicationId, id);
    if (earlier) {
      const { evidence, events } = readBody(earlier, 'HISTORY_ARCHIVED');
      return { evidence: evidence[0]?.address ?? null, events };
    }
    const { kind, address, versionId } = await sealed(ports, applicationId, 'history', {
      schemaVersion: 1,
      executionArn,
      status,
      events: redactTaskTokens(history),
    });
    await ports.ledger.append(
      ledgerEvent({
        id,
        applicationId,
        type: 'HISTORY_ARCHIVED',
        occurredAt: ended?.timestamp ?? ports.clock.now().toISOString(),
        actor: 'system',
        body: { executionArn, status, events: history.length, evidence: [{ kind, address, versionId }] },
      }),
    );
    return { evidence: address, events: history.length };
  };
}

/** A task token is a credential: no archive keeps one. Payloads are JSON text inside the events. */
export function redactTaskTokens(history: readonly HistoryEvent[]): HistoryEvent[] {
  return history.map((event) => {
    const text = JSON.stringify(event);
    if (!text.includes('taskToken')) return event;
    const redacted = text.replaceAll(
      /((?:\\*)"taskToken(?:\\*)"\s*:\s*(?:\\*)")[^"\\]*/g,
      (_, before: string) => `${before}REDACTED`,
    );
    return JSON.parse(redacted) as HistoryEvent;
  });
}
