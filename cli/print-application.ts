import type { Records } from '../audit/records.ts';
import { decisionInWords, readDecision, readApplicationView } from './application-view.ts';
import { outcomeStyled, plainLine, print, printJson } from './terminal.ts';

/** Prints what was done with an application, and its status now. @param answer of the function that did it. */
export async function printApplication(
  records: Records,
  answer: { readonly applicationId: string },
  said: string,
  json = false,
): Promise<void> {
  const { applicationId } = answer;
  const view = await readApplicationView(records, applicationId);
  if (json) return printJson({ ...answer, application: view });
  const decision = await readDecision(records, applicationId);
  const shown = decision && view?.outcome === 'WITHDRAWN' ? { ...decision, outcome: view.outcome } : decision;
  const words = shown ? decisionInWords(shown) : (view?.waitsFor.join(', ') ?? '');
  print(`${plainLine(applicationId)}  ${said}`);
  print(`  now        ${outcomeStyled(view?.outcome ?? view?.status ?? '')}  ${plainLine(words)}`);
}
