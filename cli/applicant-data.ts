import type { ApplicantDataAnswer } from '../app/access/read-applicant-data.ts';
import { openFolder, requireFolder } from './data-folder.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { processOptions, type RunOptions } from './run-options.ts';
import { fieldErrorLines } from './submit.ts';
import { plainLine, print, printJson, style, table } from './terminal.ts';

interface ApplicantDataOptions extends RunOptions {
  readonly by: string;
  readonly purpose: string;
  readonly role?: string;
}

/** Prints the data behind the decisions on an application, as its applicant receives it. The read is recorded first. */
export async function applicantData(applicationId: string, options: ApplicantDataOptions): Promise<ExitCode> {
  requireFolder(options.data);
  const folder = await openFolder(processOptions(options));
  try {
    const { by, purpose, role = 'auditor' } = options;
    const command = { applicationId, by, role, purpose, requestId: crypto.randomUUID() };
    const answer = await folder.invoke('ReadApplicantData', command);
    if (options.json) printJson(answer);
    else if (answer.result === 'REJECTED') print(`${style('red', 'rejected')}\n${fieldErrorLines(answer.errors)}`);
    else if (answer.result !== 'SHOWN') print(`${style('red', answer.result)}  ${plainLine(answer.message)}`);
    else for (const line of inWords(answer)) print(line);
    if (answer.result === 'NO_SUCH_APPLICATION') return EXIT.NOT_FOUND;
    return answer.result === 'SHOWN' ? EXIT.OK : EXIT.NOT_SO;
  } finally {
    await folder.close();
  }
}

type Shown = Extract<ApplicantDataAnswer, { readonly result: 'SHOWN' }>;

function* inWords({ identity, applications, reports, scores, policies, decisions }: Shown): Generator<string> {
  yield section('Identity', identity);
  for (const stated of applications) yield section('Application, as stated', stated);
  for (const { attributes, ...report } of reports) yield section('Credit report', { ...report, ...attributes });
  for (const { features, facts, ...score } of scores) {
    yield section('Score', score);
    yield table(
      ['feature', 'value', 'unit'],
      features.map(({ meaning, value, unit }) => [meaning, value === null ? 'missing' : String(value), unit]),
      [60, 14, 8],
    );
    yield table(
      ['fact', 'effect'],
      facts.map(({ fact, effect }) => [fact, effect]),
      [70, 8],
    );
  }
  for (const { rules, ...policy } of policies) {
    yield section('Policy', policy);
    for (const { rule, result, reasons } of rules) yield plainLine(`  ${rule} ${result}: ${reasons.join('; ')}`);
  }
  for (const decision of decisions) yield section('Decision', decision);
}

/** A heading, then a line for each member. */
function section(heading: string, values: object): string {
  const lines = Object.entries(values).map(([name, value]) =>
    plainLine(`  ${name.padEnd(28)}${typeof value === 'object' ? JSON.stringify(value) : String(value)}`),
  );
  return [style('bold', heading), ...lines].join('\n');
}
