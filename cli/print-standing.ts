import type { Records } from '../audit/records.ts';
import { decisionInWords, readDecision, readStanding } from './standing.ts';
import { outcomeStyled, plainLine, print, printJson } from './terminal.ts';

/** Says what was done with an application, and where it stands now. @param answer of the function that did it. */
export async function printStanding(
  records: Records,
  answer: { readonly applicationId: string },
  said: string,
  json = false,
): Promise<void> {
  const { applicationId } = answer;
  const standing = await readStanding(records, applicationId);
  if (json) return printJson({ ...answer, standing });
  const decision = await readDecision(records, applicationId);
  const words = decision ? decisionInWords(decision) : (standing?.waitsFor.join(', ') ?? '');
  print(`${plainLine(applicationId)}  ${said}`);
  print(`  now        ${outcomeStyled(standing?.outcome ?? standing?.status ?? '')}  ${plainLine(words)}`);
}
