/**
 * `npm run deploy-check`: deploys a throwaway stage to an AWS account, proves that it decides as expected, and destroys it.
 * docs/deploy.md explains the command and its report.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';

import { Command, InvalidArgumentError, Option } from 'commander';

import { callerOf, closeAws, openAws, type Aws, type Caller } from './deploy-check/aws.ts';
import { check, destroyLeft, type CheckOptions, type Signals } from './deploy-check/check.ts';
import { CheckFailed } from './deploy-check/failure.ts';
import { deployedBy, reportFaults } from './deploy-check/report.ts';
import { sampleNames } from './deploy-check/samples.ts';
import { requireThrowaway } from './deploy-check/throwaway.ts';

const EXIT_CODES = `
The command run is the default. Its options, such as --yes, --keep, --reuse and --samples: npm run deploy-check -- run --help
Exit codes: 0 every step passed, 1 a step failed, 2 the command line, the credentials or the stage, 130 interrupted.
Ctrl-C ends the check and destroys the stage; a second Ctrl-C ends that too, and the report names what remains.`;

interface Given extends Omit<CheckOptions, 'out' | 'run' | 'reuse' | 'stage'> {
  readonly stage?: string;
  readonly out?: string;
  /** The report of the check that deployed the stage. */
  readonly reuse?: string;
  readonly yes: boolean;
}

const seconds = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('Give whole seconds.');
};

function chosen(text: string): string[] {
  const known = sampleNames();
  const names = text.split(',');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(`No sample is named ${unknown}: give names of examples/applications.`);
}

function program(): Command {
  const deployCheck = new Command('deploy-check')
    .description('Deploys a throwaway stage, proves that it decides as expected, and destroys it.')
    .showHelpAfterError('(--help shows the options)')
    .addHelpText('after', EXIT_CODES);
  const run = inAccountOptions(
    deployCheck.command('run', { isDefault: true }).description('deploy, prove, measure, destroy'),
  )
    .option('--stage <name>', 'a stage of stages/ that is marked throwaway (default: proof, or the stage of --reuse)')
    .option('--samples <names>', 'the samples to submit, with commas between them (default: all)', chosen)
    .option('--reuse <report>', 'use the stacks of the check of this report, which was kept or interrupted')
    .option('--keep', 'do not destroy the stage', false)
    .option('--review-seconds <seconds>', 'how long the review waits', seconds, 120)
    .option('--metrics-seconds <seconds>', 'how long CloudWatch may take to show the calls', seconds, 600)
    .addOption(new Option('--app <app>', 'what cdk synthesises: a command, or a folder with a synthesised app'));
  run.action((given: Given) => inAccount(given, check));
  const destroy = inAccountOptions(
    deployCheck.command('destroy <report>').description('destroy the stacks that the check of this report left'),
  );
  destroy.action((reuse: string, given: Given) => inAccount({ ...given, reuse, keep: false }, destroyLeft));
  deployCheck
    .command('verify <report>')
    .description('check the signature of a report, without AWS')
    .requiredOption('--key <file>', "the public key of the stage's ExportKey: public.pem beside the report")
    .action((file: string, { key }: { key: string }) => {
      const faults = reportFaults(readFileSync(file, 'utf8'), readFileSync(key, 'utf8'));
      for (const fault of faults) console.error(fault);
      if (faults.length === 0) console.log('The report is as the stage signed it.');
      process.exitCode = faults.length === 0 ? 0 : 1;
    });
  return deployCheck;
}

const inAccountOptions = (command: Command): Command =>
  command
    .option('--out <folder>', 'the folder of the report (default: deploy-check-TIME)')
    .option('--yes', 'do not ask for a confirmation', false);

/** Finds the account, has it confirmed and runs there. */
async function inAccount(
  given: Given,
  run: (aws: Aws, caller: Caller, options: CheckOptions, signals: Signals) => Promise<{ readonly result: string }>,
): Promise<void> {
  const earlier = given.reuse === undefined ? undefined : deployedBy(readFileSync(given.reuse, 'utf8'));
  const stage = given.stage ?? earlier?.stage ?? 'proof';
  requireThrowaway(stage);
  const aws = openAws();
  const { signals, close } = watchSignals();
  try {
    const caller = await callerOf(aws);
    console.log(`Account ${caller.account}, region ${caller.region}, stage ${stage}, as ${caller.arn}.`);
    if (!given.yes) await confirm(caller, stage);
    const out = given.out ?? `deploy-check-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`;
    const samples = given.samples ?? sampleNames();
    const which = { stage, run: earlier?.run ?? randomUUID(), reuse: earlier !== undefined };
    const { result } = await run(aws, caller, { ...given, ...which, samples, out }, signals);
    console.log(`${result}. The report: ${out}/report.md`);
    process.exitCode = result === 'PASSED' ? 0 : result === 'INTERRUPTED' ? 130 : 1;
  } finally {
    close();
    closeAws(aws);
  }
}

/** @throws CheckFailed unless the operator enters the account */
async function confirm({ account }: Caller, stage: string): Promise<void> {
  if (!process.stdin.isTTY) throw new CheckFailed('There is no terminal to confirm in: add --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const entered = await terminal.question(`Enter the account to deploy ${stage} there and destroy it afterwards: `);
  terminal.close();
  if (entered.trim() !== account) throw new CheckFailed(`The account ${account} was not entered: nothing was done.`);
}

/** The first SIGINT or SIGTERM ends the work, the second the destruction too. */
function watchSignals(): { readonly signals: Signals; readonly close: () => void } {
  const [work, cleanup] = [new AbortController(), new AbortController()];
  const interrupt = (signal: NodeJS.Signals) => {
    const controller = work.signal.aborted ? cleanup : work;
    controller.abort(new CheckFailed(`The check was interrupted by ${signal}.`));
    console.error(controller === work ? 'Interrupted: destroying the stage.' : 'Interrupted again: ending.');
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  return {
    signals: { work: work.signal, cleanup: cleanup.signal },
    close: () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
    },
  };
}

try {
  await program().parseAsync();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(error instanceof CheckFailed ? error.message : `${error.name}: ${error.message}`);
  process.exitCode = 2;
}
