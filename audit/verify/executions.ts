import { isGivenByIntake, shownExecution } from '../../app/workflow/execution-input.ts';
import type { Records } from '../records.ts';

export interface ExecutionFault {
  readonly fault: 'EXECUTION_INPUT_UNKNOWN';
  readonly applicationId: null;
  readonly detail: string;
}

/** A ledger that cannot be read is named by its own verification. */
async function isKnown(ledger: Records['ledger'], name: string, input: string): Promise<boolean> {
  try {
    return await isGivenByIntake(ledger, name, input);
  } catch (error) {
    if ((error as Error).name === 'LedgerDamaged') return true;
    throw error;
  }
}

/**
 * Executions of the underwriting state machine, as far as their engine knows them, whose name or input intake did not give.
 * No fault repeats either.
 */
export async function executionInputFaults({ executions, ledger }: Records): Promise<ExecutionFault[]> {
  const faults: ExecutionFault[] = [];
  for await (const name of executions.names()) {
    const executionArn = executions.arnOf(name);
    const seen = await executions.describe(executionArn);
    if (!seen || (await isKnown(ledger, name, seen.input))) continue;
    const detail = `Intake did not give the name and the input of ${shownExecution(executionArn)}: they may hold personal data, which the engine keeps. docs/runbooks/README.md says what to do.`;
    faults.push({ fault: 'EXECUTION_INPUT_UNKNOWN', applicationId: null, detail });
  }
  return faults;
}
