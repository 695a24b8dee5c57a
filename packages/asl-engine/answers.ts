import type { HistoryEvent } from './ports.ts';
import { describeRow, instant, type ExecutionDescription, type ExecutionRow, type ExecutionStatus } from './store.ts';

export interface ExecutionEnd {
  readonly id: string;
  readonly 'detail-type': 'Step Functions Execution Status Change';
  readonly source: 'aws.states';
  readonly time: string;
  readonly detail: {
    readonly executionArn: string;
    readonly stateMachineArn: string;
    readonly name: string;
    readonly status: ExecutionStatus;
    /** ms since 1970, as EventBridge has it. */
    readonly startDate: number;
    readonly stopDate: number;
    readonly input: string;
    readonly output: string | null;
    readonly error: string | null;
    readonly cause: string | null;
  };
}

export type ListedExecution = Omit<ExecutionDescription, 'input' | 'output' | 'error' | 'cause'>;

/** An event less inputs and outputs. */
export function withoutData(event: HistoryEvent): HistoryEvent {
  const entries = Object.entries(event).map(([key, value]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [key, value];
    const { input: _, output: __, parameters: ___, assignedVariables: ____, ...rest } = value;
    return [key, rest];
  });
  return Object.fromEntries(entries) as HistoryEvent;
}

export function listed(found: ExecutionDescription): ListedExecution {
  const { executionArn, stateMachineArn, name, status, startDate, stopDate, redriveCount, redriveDate } = found;
  return {
    executionArn,
    stateMachineArn,
    name,
    status,
    startDate,
    ...(stopDate !== undefined && { stopDate }),
    redriveCount,
    ...(redriveDate !== undefined && { redriveDate }),
  };
}

export function endEvent(row: ExecutionRow): ExecutionEnd {
  const described = describeRow(row);
  return {
    id: `${described.executionArn}:${row.redrive_count}`,
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    time: instant(row.stopped_at!),
    detail: {
      executionArn: described.executionArn,
      stateMachineArn: described.stateMachineArn,
      name: row.name,
      status: row.status,
      startDate: row.started_at,
      stopDate: row.stopped_at!,
      input: row.input,
      output: row.output,
      error: row.error,
      cause: row.cause,
    },
  };
}
