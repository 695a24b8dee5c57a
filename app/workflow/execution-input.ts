import type { Ledger } from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { readJson } from '../../domain/json-text.ts';
import { parseExecutionName } from '../../domain/ledger/execution-name.ts';
import { byExecution } from '../../domain/ledger/reopening.ts';
import { applicationReference } from '../contracts.ts';
import { referenceFor } from './start-execution.ts';

/**
 * Whether an execution has the name and the input that intake or a reopening gives it: any other text was sent by a caller
 * and may be personal data. Step Functions keeps both until 90 days after the execution's end, and nothing erases them.
 * @param name without it, none was given. @param input JSON.
 */
export async function isGivenByIntake(
  ledger: Pick<Ledger, 'read'>,
  name: string | undefined,
  input: string,
): Promise<boolean> {
  // A text with a member twice says more than its parsed value.
  const json = readJson(input);
  const reference = applicationReference.safeParse(json.ok ? json.value : undefined);
  if (!reference.success || name === undefined) return false;
  const { applicationId, digest } = reference.data;
  if (parseExecutionName(name).applicationId !== applicationId) return false;
  // A caller who holds a reference may have used the name of another reopening: that input is not personal data either.
  const entries = await ledger.read(applicationId);
  return byExecution(entries).some((_, reopening) => referenceFor(entries, reopening)?.digest === digest);
}

/** An execution's ARN to be shown or published: a name that is no application's is withheld, for it may be personal data. */
export function shownExecution(executionArn: string): string {
  const name = executionArn.split(':').at(-1) ?? '';
  if (applicationId.safeParse(parseExecutionName(name).applicationId).success) return executionArn;
  return `${executionArn.slice(0, executionArn.length - name.length)}(name withheld)`;
}
