import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';

import { batchId } from '../app/contracts.ts';
import { ROLES, type Role } from '../domain/access/access.ts';
import { CONSENT_KINDS } from '../domain/application/consents.ts';
import { PRODUCT_NAMES } from '../domain/application/products.ts';
import { isCalendarDate } from '../domain/calendar.ts';
import { decisionOutcome } from '../domain/decision/record.ts';
import { BUREAU_ANSWERS } from '../domain/decision/review.ts';
import { readJson } from '../domain/json-text.ts';
import type { JsonObject } from '../domain/json.ts';
import { REOPENING_REQUESTS, RETURN_REASONS } from '../domain/ledger/events.ts';
import { MODEL_STAGES } from '../domain/models/registry.ts';
import { REASONS } from '../domain/reasons/catalogue.ts';
import { EXIT, failureOf, type ExitCode } from './failure.ts';
import type { RunOptions } from './run-options.ts';
import { plain, printJson, style } from './terminal.ts';

const DEFAULT_FOLDER = '.data/underwright';

/** The release's version, from package.json of the clone or of the installed package. */
function releaseVersion(): string {
  const manifest = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

const EXIT_CODES = `
Exit codes:
  0  fine
  1  the thing asked for is not so: an application rejected or in conflict, faults found, a demo that differs
  2  the command line, the file or the model package it names
  3  no such application
  4  the data folder is in use, missing, or cannot be opened
  5  the storage refused to write: nothing of the last write is stored

Nothing but simulated bureaus answers here: put no real person's data in.`;

/**
 * Runs a command line.
 * @param argv without the program.
 * @param limits storage limits of the commands that may run a folder. @default none
 * @returns the exit code.
 */
export async function run(argv: readonly string[], limits: Pick<RunOptions, 'maxPages'> = {}): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.OK;
  const json = argv.includes('--json');
  const program = commands((code) => {
    exitCode = code;
  }, limits);
  if (json)
    program
      .configureOutput({ writeErr: () => {} })
      .commands.forEach((each) => each.configureOutput({ writeErr: () => {} }));
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.OK;
      if (json)
        tell({ name: 'UsageError', message: error.message.replace(/^error: /, ''), exitCode: EXIT.USAGE }, json);
      return EXIT.USAGE;
    }
    const failure = failureOf(error);
    tell(failure, json);
    return failure.exitCode;
  }
  return exitCode;
}

function tell(failure: ReturnType<typeof failureOf>, json: boolean): void {
  if (json) printJson({ error: failure });
  else process.stderr.write(`${style('red', failure.name)}: ${plain(failure.message)}\n`);
}

/** Where commands are added. */
interface Registry {
  readonly program: Command;
  /** Adds a command on a data folder. */
  readonly add: (name: string, description: string) => Command;
  /** Adds the options of a command that may run the workflow itself. */
  readonly running: (command: Command) => Command;
  /** Takes the exit code of the command that ran. */
  readonly ended: (code: ExitCode) => void;
}

/**
 * Defines the command line. Tests compare the documents with it.
 * @param ended takes the exit code of the command that ran.
 * @internal
 */
export function commands(ended: (code: ExitCode) => void, { maxPages }: Pick<RunOptions, 'maxPages'>): Command {
  const program = new Command('underwright')
    .description('Serverless credit underwriting that can be proved, on one machine.')
    .version(releaseVersion(), '--version', 'print the version of this release')
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('after', EXIT_CODES)
    .exitOverride();
  const add = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--data <dir>', 'the data folder', DEFAULT_FOLDER)
      .addOption(keyOption())
      .option('--json', 'print one JSON document, errors as {"error": {...}}');
  const running = (command: Command) =>
    command
      .option('--bureau-timeout <ms>', 'how long the simulated bureau may take', wholeNumber)
      .setOptionValue('maxPages', maxPages);
  const registry = { program, add, running, ended };
  // The help lists them in this order.
  addApplicationCommands(registry);
  addVerificationCommands(registry);
  addExaminationCommands(registry);
  addReviewCommands(registry);
  addDataRequest(registry);
  addCaseCommands(registry);
  addPolicyCommands(registry);
  addModelCommands(registry);
  addDecisionCommands(registry);
  addDeliveryCommands(registry);
  addRetentionCommands(registry);
  addServiceCommands(registry);
  return program;
}

/** Adds the option that reads the records of a deployment. */
const reading = (command: Command): Command => command.addOption(awsOption());

/** Adds what submits and shows applications. */
function addApplicationCommands({ add, running, ended }: Registry): void {
  running(add('start', 'serve a data folder until stopped'))
    .option('--port <n>', 'of the API; 0 takes a free one', port, 8083)
    .addOption(stageOption())
    .addOption(smtpOption())
    .addOption(
      new Option('--host <address>', 'the address to listen on; 0.0.0.0 is for a container that publishes the port')
        .choices(['127.0.0.1', '0.0.0.0'])
        .default('127.0.0.1'),
    )
    .action(async (options) => ended(await (await import('./start.ts')).start(options)));
  running(add('submit <file>', 'submit an application (.json), or many (.jsonl); - reads standard input'))
    .option('--wait', 'until it is decided or waits for a person')
    .option('--by <client>', 'the client id of the front end; otherwise none, and any may answer for the applicant')
    .action(async (file, options) => ended(await (await import('./submit.ts')).submit(file, options)));
  running(add('prequalify <file>', 'quote rates on a credit report that posts no inquiry; - reads standard input'))
    .option('--by <client>', 'the client id of the front end', 'command-line')
    .action(async (file, options) => ended(await (await import('./prequalify.ts')).prequalify(file, options)));
  add('sample <name>', 'print a sample application to submit now, such as approve-lowest-rate').action(
    async (name, options) => ended((await import('./sample.ts')).sample(name, options)),
  );
  add('consents', 'the texts that applicants consent to, and the notice of automated decisions')
    .addOption(new Option('--kind <kind>', 'only the texts of one kind').choices(CONSENT_KINDS))
    .option('--at <instant>', 'only the texts that front ends show at this instant in UTC', utcInstant)
    .action(async (options) => ended((await import('./consents.ts')).listConsents(options)));
  readingPersonalData(
    reading(add('status <id>', "an application's status, and the work on one that waits")),
    'reviewer',
  )
    .option('--case', 'open all that a decision needs: personal data; the read is recorded')
    .action(async (id, options) => ended(await (await import('./status.ts')).status(id, options)));
  addList(
    reading(add('list', 'applications, newest first; or those that wait for a person, longest wait first')),
    ended,
  );
  readingPersonalData(reading(add('trace <id>', 'each step of an application: when, how long, what went in and out')))
    .option('--full', 'inputs and outputs uncut')
    .option('--evidence', 'open the sealed evidence too: personal data, so that it is read is recorded')
    .action(async (id, options) => ended(await (await import('./trace.ts')).trace(id, options)));
}

/** Adds the filters and the pages of the list. */
function addList(command: Command, ended: Registry['ended']): void {
  const filters = ['receivedSince', 'receivedUntil', 'decidedSince', 'decidedUntil', 'outcome', 'reason', 'product'];
  const queue = new Option('--queue <queue>', 'only applications that wait for a person');
  command
    .addOption(queue.choices(['review', 'attention']).conflicts(filters))
    .option('--received-since <date>', 'only applications received on this local date or later', calendarDate)
    .option('--received-until <date>', 'only applications received on this local date or earlier', calendarDate)
    .option('--decided-since <date>', 'only decisions of this local date or later, also superseded ones', calendarDate)
    .option('--decided-until <date>', 'only decisions of this local date or earlier', calendarDate)
    .addOption(outcomeOption('only decisions with this outcome'))
    .option('--reason <code>', 'only decisions with this principal reason, such as AA22', reasonCode)
    .addOption(new Option('--product <product>', 'only applications for this product').choices(PRODUCT_NAMES))
    .option('--limit <n>', 'applications of a page, 1 to 1000; otherwise 50', pageSize)
    .option('--cursor <token>', 'the next page, as the page before printed it')
    .addOption(new Option('--all', 'every page').conflicts(['limit', 'cursor']))
    .action(async (options) => ended(await (await import('./list.ts')).list(options)));
}

/** Adds what checks and reproduces decisions. */
function addVerificationCommands({ add, ended }: Registry): void {
  reading(add('verify [id]', 'compare the ledger and the evidence of an application'))
    .option('--anchor <file>', 'against a seal kept elsewhere, as underwright seal --json printed it')
    .option('--all', 'of every application')
    .action(async (id, options) => ended(await (await import('./verify.ts')).verify(id, options)));
  reading(add('replay [id]', 'make a decision again from what was sealed, and compare byte by byte'))
    .option('--all', 'every decision')
    .option('--file <file>', 'the decisions of a decision file, from that file alone; it is verified first')
    .option('--key <pem>', 'with --file: the lender’s public key of decision files')
    .option('--seal-key <pem>', 'with --file: the public key of seals, where it is another')
    .option('--core-timeout <ms>', 'how long a core of another release may run for 64 decisions', coreTimeout, 10_000)
    .option('--since <date>', 'only decisions of this local date of the creditor and after, YYYY-MM-DD', calendarDate)
    .option('--until <date>', 'only decisions of this date and before', calendarDate)
    .option('--this-release', 'with this release’s core, not the archived one: whether it would decide otherwise')
    .option('--csv <file>', 'write every decision with what was found')
    .option('--html <file>', 'write the sums and what was not reproduced as a page')
    .action(async (id, options) => ended(await (await import('./replay.ts')).replayDecisions(id, options)));
}

/** Adds what seals, exports and reports. */
function addExaminationCommands({ add, running, ended }: Registry): void {
  running(
    add(
      'batch <file>',
      'decide the applications of a file (.jsonl, .csv) with a champion and a candidate policy: docs/batch.md',
    ),
  )
    .option('--champion <policy>', 'PRODUCT@VERSION; otherwise the newest compiled version of each product')
    .option('--policy <candidate>', 'PRODUCT@VERSION of a candidate, beside the champion')
    .option('--tolerate <percent>', 'of the items, how many may fail, such as 5%', percent, 0)
    .option('--id <id>', 'of the batch; otherwise made from the file', readBatchId)
    .option('--out <dir>', 'where results.jsonl and summary.json are written')
    .action(async (file, options) => ended(await (await import('./batch.ts')).batch(file, options)));
  add('seal', 'sign what the ledger holds now: a later change or cut is then found')
    .option('--clock-was-wrong', 'the clock was ahead and is right now: seal what it dated ahead too')
    .option('--clock-is-right', 'the clock is right although the newest seal is more than 31 days old')
    .option('--by <name>', 'who confirms the clock, as a user id such as r.vega')
    .option('--note <text>', 'how the clock was found wrong or right, in 10 or more characters')
    .action(async (options) => ended(await (await import('./seal.ts')).seal(options)));
  reading(add('keys', 'write the public keys of seals and of decision files, for an examiner'))
    .option('--out <dir>', 'the folder to write to', '.')
    .action(async (options) => ended(await (await import('./keys.ts')).writeKeys(options)));
  reading(add('export <id>', 'the decision file: everything a decision used, for an examiner'))
    .requiredOption('--purpose <text>', 'what for, in 10 to 200 characters; recorded in the ledger')
    .requiredOption('--by <name>', 'who takes it out, as a user id such as r.vega')
    .option('--identity', 'with who applied, and the key that opens the sealed evidence')
    .option('--out <dir>', 'the folder to write to', '.')
    .action(async (id, options) => ended(await (await import('./export.ts')).exportDecision(id, options)));
  reading(add('duties <id>', 'each legal duty toward the applicant: due, met and by what'))
    .option('--all', 'also the duties that do not apply')
    .action(async (id, options) => ended(await (await import('./duties.ts')).duties(id, options)));
  reading(add('report [name]', 'a report that an examiner asks for; without a name, the list of them'))
    .option('--from <date>', 'the first day of the period, YYYY-MM-DD', calendarDate)
    .option('--to <date>', 'the last day of the period', calendarDate)
    .addOption(outcomeOption('of the register: only applications whose newest decision has this outcome'))
    .option('--reason <code>', 'of the register: only those with this principal reason, such as AA22', reasonCode)
    .option('--late', 'of the notices: only those that are late or missing')
    .option('--csv <file>', 'write every row')
    .option('--html <file>', 'write it as a page with plots')
    .action(async (name, options) => ended(await (await import('./report.ts')).report(name, options)));
}

/** Adds the request of an applicant for the data behind the decisions. */
function addDataRequest({ add, running, ended }: Registry): void {
  running(add('data <id>', 'the data behind the decisions, as the applicant receives it; the read is recorded'))
    .requiredOption('--by <name>', 'who reads it, as a user id such as r.vega; the client id for a front end')
    .requiredOption('--purpose <text>', 'what for, in 10 to 200 characters; recorded in the ledger')
    .addOption(new Option('--role <role>', 'in which role').choices(['auditor', 'front-end']))
    .action(async (id, options) => ended(await (await import('./applicant-data.ts')).applicantData(id, options)));
}

/** Adds what a reviewer does, and the notice. */
function addReviewCommands({ add, running, ended }: Registry): void {
  running(add('review <id>', 'decide on an application that waits for a person'))
    .requiredOption('--by <name>', 'who decides, as a user id such as r.vega')
    .requiredOption(
      '--action <action>',
      'APPROVE, DECLINE, CLEAR, REPULL or TAKE_POSTED; CONFIRM or REJECT for a draft; RESUME or REFER for what needs attention',
    )
    .addOption(
      new Option('--role <role>', 'in which the person acts')
        .choices(['reviewer', 'senior-reviewer', 'administrator'])
        .default('reviewer'),
    )
    .requiredOption('--note <text>', 'why, in 10 characters or more; sealed with the applicant’s data')
    .option('--reason <code>', 'a principal reason, such as AA22; up to four', collect, [])
    .option('--own-reason <text>', 'a principal reason in your own words, which a second person confirms')
    .option('--draft <address>', 'the draft that you saw, for CONFIRM and REJECT')
    .option('--clear <rule>', 'a hold that is cleared, for CLEAR', collect, [])
    .option(
      '--evidence <json>',
      'what clears an alert, such as {"rule":"FRAUD_ALERT","kind":"CONTACT","contact":1,"result":"CONFIRMED"}: docs/review.md',
      collectObject,
      [],
    )
    .addOption(
      new Option(
        '--confirm-second-inquiry <answer>',
        'what the bureau answered about the first inquiry, for REPULL after an ambiguous or failed pull',
      ).choices(BUREAU_ANSWERS),
    )
    .option('--consent-given <instant>', 'when the applicant consented to a new report, ISO 8601 in UTC; for REPULL')
    .option(
      '--amount-cents <n>',
      'other terms, for APPROVE: amount or limit, rate, and for a loan the term',
      wholeNumber,
    )
    .option('--term <months>', 'of these terms', wholeNumber)
    .option('--rate-bps <n>', 'of these terms, in basis points', wholeNumber)
    .action(async (id, options) => ended(await (await import('./review.ts')).review(id, options)));
  running(add('identity <id>', 'the parts of the identity that a waiting hold needs; the read is recorded'))
    .requiredOption('--by <name>', 'the reviewer, as a user id such as r.vega')
    .requiredOption('--purpose <text>', 'why, in 10 characters or more; no personal data, it is kept in clear')
    .addOption(new Option('--role <role>', 'the role in which they act; otherwise the first that may').choices(ROLES))
    .action(async (id, options) => ended(await (await import('./hold-identity.ts')).holdIdentity(id, options)));
  running(
    add('search <file>', 'the applications of the person in a JSON file, or - for standard input; it is recorded'),
  )
    .requiredOption('--by <name>', 'who searches, as a user id such as r.vega')
    .requiredOption('--purpose <text>', 'why, in 10 characters or more; no personal data, it is kept in clear')
    .addOption(new Option('--role <role>', 'the role in which they act; otherwise the first that may').choices(ROLES))
    .action(async (file, options) => ended(await (await import('./search.ts')).search(file, options)));
  readingPersonalData(reading(add('notice <id>', 'the notices of the newest decision; the read is recorded')))
    .option('--kind <kind>', 'the newest notice of one kind, such as ADVERSE_ACTION')
    .option('--html <file>', 'write the notice as a web page')
    .option('--pdf <file>', 'write the notice as a PDF')
    .action(async (id, options) => ended(await (await import('./notice.ts')).notice(id, options)));
}

/** Adds the work on a case before its decision. */
function addCaseCommands(registry: Registry): void {
  const { program, running, ended } = registry;
  const cases = program
    .command('case')
    .description('work on an application that waits for a person: claims, comments, documents, due days');
  const act = (name: string, description: string) =>
    running(json(cases.command(`${name} <id>`)))
      .description(description)
      .option('--data <dir>', 'the data folder', DEFAULT_FOLDER)
      .addOption(keyOption())
      .requiredOption('--by <name>', 'who acts, as a user id such as r.vega')
      .addOption(
        new Option('--role <role>', 'the role in which they act; otherwise the first that may').choices(ROLES),
      );
  const work = async () => (await import('./case.ts')).workCase;
  act('claim', 'take a case: until the claim ends, no other person decides on it')
    .option('--hours <n>', 'how long, 1 to 72', wholeNumber, 8)
    .action(async (id, { hours, ...options }) => ended(await (await work())('CLAIM', id, options, { hours })));
  act('release', 'give a claim back').action(async (id, options) =>
    ended(await (await work())('RELEASE', id, options, {})),
  );
  act('assign', 'claim a case for another person')
    .requiredOption('--to <name>', 'who works on it, as a user id')
    .option('--hours <n>', 'how long, 1 to 72', wholeNumber, 8)
    .action(async (id, { to, hours, ...options }) => ended(await (await work())('ASSIGN', id, options, { to, hours })));
  act('comment', 'add a comment, sealed with the applicant’s data')
    .requiredOption('--text <text>', '3 to 2000 characters')
    .option('--from-applicant', 'the applicant wrote or said it: it answers an open request')
    .action(async (id, { text, fromApplicant, ...options }) => {
      const more = { text, from: fromApplicant ? 'APPLICANT' : 'STAFF' };
      ended(await (await work())('COMMENT', id, options, more));
    });
  act('conflict', 'declare your conflict of interest: you take no part in the application from then on')
    .requiredOption('--note <text>', 'which interest, 3 to 2000 characters; sealed')
    .action(async (id, { note, ...options }) => ended(await (await work())('DECLARE_CONFLICT', id, options, { note })));
  act('due', 'set the day by which a person is to decide')
    .requiredOption('--on <date>', 'the local date, YYYY-MM-DD', calendarDate)
    .action(async (id, { on, ...options }) => ended(await (await work())('SET_DUE', id, options, { dueOn: on })));
  act('request', 'request a document from the applicant: the clock of the review stops until they answer')
    .requiredOption('--text <text>', 'what is needed, in the words for the applicant; sealed')
    .requiredOption('--answer-by <date>', 'the last local date for the answer', calendarDate)
    .action(async (id, { text, answerBy, ...options }) =>
      ended(await (await work())('REQUEST_DOCUMENT', id, options, { text, answerBy })),
    );
  act('attach', 'attach a PDF, JPEG or PNG of 3 MiB or less, sealed; it answers an open request')
    .argument('<file>', 'the document')
    .option('--from-staff', 'it is not of the applicant, and answers no request')
    .action(async (id, file, options) => ended(await (await import('./case.ts')).attach(id, file, options)));
  addCaseLists(cases, registry);
  act('withdraw', 'withdraw the request to the applicant').action(async (id, options) =>
    ended(await (await work())('WITHDRAW_REQUEST', id, options, {})),
  );
}

/** Adds the lists of cases. */
function addCaseLists(cases: Command, { running, ended }: Registry): void {
  running(json(cases.command('next')))
    .description('claim the case that is due first among those that no person holds')
    .option('--data <dir>', 'the data folder', DEFAULT_FOLDER)
    .addOption(keyOption())
    .requiredOption('--by <name>', 'who works on it, as a user id such as r.vega')
    .addOption(new Option('--role <role>', 'the role in which they act; otherwise the first that may').choices(ROLES))
    .addOption(
      new Option('--queue <queue>', 'of reviews, or of what needs attention')
        .choices(['review', 'attention'])
        .default('review'),
    )
    .addOption(new Option('--product <product>', 'only applications for this product').choices(PRODUCT_NAMES))
    .option('--hours <n>', 'how long the claim lasts, 1 to 72', wholeNumber, 8)
    .action(async (options) => ended(await (await import('./case.ts')).nextCase(options)));
  reading(json(cases.command('list')))
    .description('cases, the earliest due first, and how many wait')
    .option('--data <dir>', 'the data folder', DEFAULT_FOLDER)
    .addOption(keyOption())
    .addOption(
      new Option('--waits-for <kind>', 'what the cases wait for')
        .choices(['review', 'attention', 'applicant'])
        .default('review'),
    )
    .addOption(new Option('--product <product>', 'only applications for this product').choices(PRODUCT_NAMES))
    .option('--rule <id>', 'only cases that wait for this rule, such as THIN_FILE')
    .option('--claimed-by <name>', 'only cases that this person holds')
    .option('--unclaimed', 'only cases that no person holds')
    .option('--due-until <date>', 'only cases that are due on this local date or earlier', calendarDate)
    .option('--days <n>', 'only cases that have waited for so many days', wholeNumber)
    .option('--limit <n>', 'cases of a page, 1 to 1000; otherwise 50', pageSize)
    .option('--cursor <token>', 'the next page, as the page before printed it')
    .action(async (options) => ended(await (await import('./case.ts')).listCases(options)));
}

/** Adds what follows a decision: offers, reopenings, and the switches of automatic outcomes. */
function addDecisionCommands(registry: Registry): void {
  const { add, running, ended } = registry;
  reading(add('offers <id>', 'what the applicant can accept')).action(async (id, options) =>
    ended(await (await import('./offers.ts')).offers(id, options)),
  );
  running(add('accept <id> <offer>', 'accept an offer for the applicant: one, once'))
    .option('--by <name>', 'the front end through which the applicant chose', 'command-line')
    .action(async (id, offer, options) => ended(await (await import('./offers.ts')).accept(id, offer, options)));
  for (const [name, why, description] of [
    ['complete', 'COMPLETED', 'send what was missing from an incomplete application, from a file'],
    ['correct', 'CORRECTED', 'correct what the applicant stated, from a file, and have it decided again'],
  ] as const) {
    running(add(`${name} <id> <file>`, description))
      .option('--by <name>', 'the front end through which the applicant answered', 'command-line')
      .action(async (id, file, options) =>
        ended(await (await import('./answers.ts')).amend({ applicationId: id, file, why }, options)),
      );
  }
  running(add('withdraw <id>', 'withdraw an application for the applicant'))
    .option('--by <name>', 'the front end through which the applicant withdrew', 'command-line')
    .action(async (id, options) => ended(await (await import('./answers.ts')).withdraw(id, options)));
  running(
    add('clear-condition <id> <condition>', 'record what you verified for a condition; without open ones it is booked'),
  )
    .requiredOption('--evidence <file>', 'JSON with the document, its source and date, and the verified values')
    .requiredOption('--by <name>', 'who verified it, as a user id such as r.vega')
    .addOption(new Option('--role <role>', 'the role in which they act; otherwise the first that may').choices(ROLES))
    .action(async (id, condition, options) =>
      ended(await (await import('./offers.ts')).clearCondition(id, condition, options)),
    );
  running(add('reopen <id>', 'have the newest decision made again, linked to the one that it replaces'))
    .addOption(new Option('--why <why>', 'why').choices(REOPENING_REQUESTS).makeOptionMandatory())
    .requiredOption('--by <name>', 'who asks for it, as a user id such as r.vega')
    .option('--note <text>', 'in 10 characters or more; no personal data, it is kept in clear')
    .option('--affected-by <digest>', 'of the policy or the model package, for POLICY_AFFECTED')
    .option('--consent-given <instant>', 'when the applicant consented to a new report, ISO 8601 in UTC')
    .action(async (id, options) => ended(await (await import('./reopen.ts')).reopen(id, options)));
  addSwitchCommands(registry);
}

/** Adds what sends notices, and what records how they came. */
function addDeliveryCommands({ program, running, ended }: Registry): void {
  const notices = program.command('notices').description('send notices, and record what was mailed and what came back');
  const add = (name: string) =>
    running(json(notices.command(name)))
      .option('--data <dir>', 'the data folder', DEFAULT_FOLDER)
      .addOption(keyOption());
  add('send')
    .description('send every notice that is issued and not sent, and warn of applications without one')
    .addOption(smtpOption())
    .action(async (options) => ended(await (await import('./notices.ts')).sendNotices(options)));
  const recording = (name: string, description: string) =>
    add(name)
      .description(description)
      .argument('<id>', 'the application')
      .requiredOption('--by <name>', 'the person who states it, as a user id such as r.vega')
      .option('--notice <address>', 'the sealed notice; otherwise the one that it fits')
      .option('--on <date>', 'the local date on which it happened; otherwise today', calendarDate);
  recording('mailed', 'record that the print shop mailed a notice; its files in the outbox are deleted')
    .option('--reference <text>', 'the print shop’s own, such as the number of a batch')
    .option('--all', 'every notice of the application that is to be mailed, where several are')
    .action(async (id, options) => ended(await (await import('./notices.ts')).recordDelivery('MAILED', id, options)));
  recording('returned', 'record that a sent notice came back; a returned e-mail goes on paper')
    .addOption(new Option('--why <why>', 'why').choices(RETURN_REASONS).makeOptionMandatory())
    .action(async (id, options) => ended(await (await import('./notices.ts')).recordDelivery('RETURNED', id, options)));
}

function addSwitchCommands({ program, running, ended }: Registry): void {
  const switches = program
    .command('switch')
    .description('stop the automatic outcomes of a product, policy or model, or resume them');
  const add = (command: Command) =>
    json(command).option('--data <dir>', 'the data folder', DEFAULT_FOLDER).addOption(keyOption());
  reading(add(switches.command('list')))
    .description('every switch that was ever set: its state, who set it last, when and why')
    .action(async (options) => ended(await (await import('./switch.ts')).listSwitches(options)));
  // `switch product personal-loan on` is short for `switch set product personal-loan on`.
  running(add(switches.command('set', { isDefault: true })))
    .description('send automatic outcomes to a person (on), or no longer (off)')
    .addArgument(new Argument('<kind>', 'what is switched').choices(['product', 'policy', 'model']))
    .argument('<id>', "the product's name, or the digest of the policy or the model package")
    .addArgument(new Argument('<state>', 'on stops automatic outcomes').choices(['on', 'off']))
    .requiredOption('--by <name>', 'who switches, as a user id such as r.vega')
    .requiredOption('--note <text>', 'why, in 10 characters or more; no personal data, it is kept in clear')
    .action(async (kind, id, state, options) =>
      ended(await (await import('./switch.ts')).turnSwitch(kind, id, state, options)),
    );
}

/** Adds tokens and the demo. */
function addServiceCommands({ program, add, running, ended }: Registry): void {
  add('token', 'sign a token for the API of a process that runs on the folder')
    .addOption(new Option('--role <role>', 'whose part is played').choices(ROLES).makeOptionMandatory())
    .requiredOption('--by <name>', 'a user id such as r.vega; the client id for a front end')
    .option('--minutes <n>', 'how long it is good for', wholeNumber, 720)
    .action(async (options) => ended(await (await import('./token.ts')).token(options)));
  running(program.command('demo').description('decide invented applications through the real state machine'))
    .option('--data <dir>', 'a new data folder; otherwise one in the temporary folder')
    .addOption(keyOption())
    .option('--json', 'print one JSON document')
    .option('--once', 'end instead of serving on; 0 when every application has its expected status')
    .option('--port <n>', 'of the API on 127.0.0.1; 0 takes a free one', port, 0)
    .addOption(stageOption())
    .action(async (options) => ended(await (await import('./demo.ts')).demo(options)));
}

const stageOption = (): Option =>
  new Option('--stage <file>', 'the YAML file of a stage, whose lender the data folder adopts');

const smtpOption = (): Option =>
  new Option('--smtp <url>', 'the mail server of notices, such as smtps://USER:PASSWORD@HOST').env('UNDERWRIGHT_SMTP');

const keyOption = (): Option =>
  new Option('--key-dir <dir>', 'the folder of the key files; otherwise the data folder').env('UNDERWRIGHT_KEY_DIR');

const awsOption = (): Option =>
  new Option('--aws', 'the records of a deployment, by the settings in the environment').conflicts('data');

/** Adds retention, holds, forgetting and reconciliation. */
function addRetentionCommands({ add, running, ended }: Registry): void {
  const acting = (command: Command, what: string, why: string) =>
    running(command)
      .requiredOption('--by <name>', `${what}, as a user id such as r.vega`)
      .requiredOption('--note <text>', `${why}, in 10 characters or more; no personal data, it is kept in clear`);
  const matter = (command: Command) => command.requiredOption('--matter <name>', 'the proceeding, such as 2026-CV-114');
  add('retention <id>', 'how long an application is kept, why, what holds it, and what was asked')
    .addOption(awsOption())
    .action(async (id, options) => ended(await (await import('./retention.ts')).retention(id, options)));
  acting(matter(add('hold <id>', 'keep an application until a proceeding is over')), 'who orders it', 'why').action(
    async (id, options) => ended(await (await import('./retention.ts')).hold(id, true, options)),
  );
  acting(matter(add('release <id>', 'lift the hold of a proceeding')), 'who orders it', 'why').action(
    async (id, options) => ended(await (await import('./retention.ts')).hold(id, false, options)),
  );
  acting(add('forget <id>', 'an applicant asks to be forgotten'), 'who took the request', 'how it was asked').action(
    async (id, options) => ended(await (await import('./retention.ts')).forget(id, options)),
  );
  running(add('reconcile', 'compare ledger, evidence, executions and lists, and repair them')).action(async (options) =>
    ended(await (await import('./reconcile.ts')).reconcile(options)),
  );
  running(add('sweep', 'forget every applicant whose records nothing keeps any more'))
    .option('--dry-run', 'say who would be forgotten, and do nothing')
    .action(async (options) => ended(await (await import('./retention.ts')).sweep(options)));
}

/** Adds the credit officer's tools. */
function addPolicyCommands({ program, running, ended }: Registry): void {
  const policy = program.command('policy').description('the credit officer’s tools: check, compare, explain, try out');
  addPolicyTools(policy, ended);
  addGovernance(policy, running, ended);
}

/** Adds the commands of model packages. */
function addModelCommands({ program, running, ended }: Registry): void {
  const model = program.command('model').description('model packages: make, check, register, promote, roll back');
  json(model.command('init <folder>'))
    .description('write a template of the declarations of a model, with every feature of this release')
    .addOption(new Option('--product <product...>', 'the products that the model may decide').choices(PRODUCT_NAMES))
    .action(async (folder, options) => ended((await import('./model/init.ts')).modelInit(folder, options)));
  json(model.command('build <folder>'))
    .description(
      'make manifest.json, reference.csv and card.md from model.yaml, model.onnx, table.csv and metrics.json',
    )
    .action(async (folder, options) => ended(await (await import('./model/build.ts')).modelBuild(folder, options)));
  json(model.command('check <folder>'))
    .description('check everything that serving needs from a package')
    .action(async (folder, options) => ended(await (await import('./model/check.ts')).modelCheck(folder, options)));
  addModelRegistry(model, running, ended);
}

/** Adds the commands of the registry of models. */
function addModelRegistry(model: Command, running: Registry['running'], ended: Registry['ended']): void {
  const loaded = () => import('./model/govern.ts');
  const onFolder = (command: Command) =>
    json(command).option('--data <dir>', 'the data folder', DEFAULT_FOLDER).addOption(keyOption());
  const governing = (name: string, description: string) =>
    running(onFolder(model.command(name)))
      .description(description)
      .requiredOption('--by <name>', 'who, as a user id such as r.vega')
      .requiredOption('--note <text>', 'why, in 10 characters or more; no personal data, it is kept in clear');
  const placing = (name: string, description: string) =>
    governing(name, description)
      .addOption(new Option('--product <product>', 'the product').choices(PRODUCT_NAMES).makeOptionMandatory())
      .addOption(new Option('--stage <stage>', 'the stage').choices(MODEL_STAGES).default('CHAMPION'));
  onFolder(model.command('list'))
    .description('registered packages, their promotions, and the model in force for each product')
    .option('--on <date>', "the day, YYYY-MM-DD in the lender's time zone; otherwise today", calendarDate)
    .action(async (options) => ended(await (await loaded()).modelList(options)));
  governing('register <folder>', 'register the package of a folder once it passes every check').action(
    async (folder, options) => ended(await (await loaded()).modelRegister(folder, options)),
  );
  placing('promote <model>', 'bring a package that another officer registered into force: ID@VERSION or its digest')
    .option('--effective <date>', "the first day, YYYY-MM-DD in the lender's time zone; otherwise today", calendarDate)
    .action(async (reference, options) => ended(await (await loaded()).modelPromote(reference, options)));
  placing(
    'rollback [model]',
    'withdraw a package from today on, so that the one before decides again. Without MODEL: the champion of today',
  ).action(async (reference, options) => ended(await (await loaded()).modelRollback(reference, options)));
  governing('retire <model>', 'end the use of a package that is not in force').action(async (reference, options) =>
    ended(await (await loaded()).modelRetire(reference, options)),
  );
  running(onFolder(model.command('affected <model>')))
    .description('every application that a package scored: ID@VERSION or its digest')
    .option('--decide-again', 'have the decisions that rest on it made again, linked to those that they replace')
    .option('--by <name>', 'who has it done, as a user id such as r.vega')
    .option('--note <text>', 'why, in 10 characters or more; no personal data, it is kept in clear')
    .action(async (reference, options) => ended(await (await loaded()).modelAffected(reference, options)));
}

/** Adds `--json`. */
const json = (command: Command): Command =>
  command.option('--json', 'print one JSON document, errors as {"error": {...}}').exitOverride();

function addPolicyTools(policy: Command, ended: Registry['ended']): void {
  json(policy.command('check <policy>'))
    .description('every error and warning of a policy: a file, PRODUCT or PRODUCT@VERSION')
    .action(async (file, options) => ended(await (await import('./policy/check.ts')).policyCheck(file, options)));
  json(policy.command('diff <before> <after>'))
    .description('what changed: files, PRODUCT, PRODUCT@VERSION or REVISION:PATH of git')
    .option('--html <file>', 'write it as a page too')
    .action(async (before, after, options) =>
      ended(await (await import('./policy/diff.ts')).policyDiff(before, after, options)),
    );
  readingPersonalData(json(policy.command('explain <id>')))
    .description('why each rule fired for an application, and how far it was from turning')
    .option('--data <dir>', 'the data folder', DEFAULT_FOLDER)
    .addOption(keyOption())
    .addOption(awsOption())
    .option('--all', 'rules that passed too')
    .action(async (id, options) => ended(await (await import('./policy/explain.ts')).policyExplain(id, options)));
  json(policy.command('backtest <candidate>'))
    .description('champion and candidate over the same applications: who is decided otherwise, and by which rule')
    .option('--against <policy>', 'the champion; otherwise the newest committed version before the candidate')
    .option('--data <dir>', 'the applications of a data folder, from their sealed evidence')
    .addOption(keyOption())
    .option('--applications <file>', 'one a line: {"id", "stage", "inputs"}')
    .option('--synthetic <n>', 'so many invented ones', wholeNumber)
    .option('--seed <n>', 'of the invented ones', wholeNumber, 1)
    .option('--loss-given-default <share>', 'an assumption, 0 to 1', shareOfOne)
    .option('--csv <file>', 'write every figure too')
    .option('--html <file>', 'write it as a page with plots too')
    .action(async (candidate, options) =>
      ended(await (await import('./policy/backtest.ts')).policyBacktest(candidate, options)),
    );
}

function addGovernance(policy: Command, running: Registry['running'], ended: Registry['ended']): void {
  const governing = (name: string, action: 'PROPOSE' | 'APPROVE' | 'WITHDRAW', description: string) =>
    running(json(policy.command(`${name} <policy>`)))
      .description(`${description}: PRODUCT@VERSION, or the digest of its module`)
      .option('--data <dir>', 'the data folder', DEFAULT_FOLDER)
      .addOption(keyOption())
      .requiredOption('--by <name>', 'who, as a user id such as r.vega')
      .requiredOption('--note <text>', 'why, in 10 characters or more; no personal data, it is kept in clear')
      .action(async (reference, options) =>
        ended(await (await import('./policy/govern.ts')).govern(action, reference, options)),
      );
  for (const [name, action, description] of [
    ['propose', 'PROPOSE', 'have a compiled version come into force, once another officer approves it'],
    ['approve', 'APPROVE', 'bring a version into force that another officer proposed'],
  ] as const) {
    governing(name, action, description).requiredOption(
      '--effective <date>',
      'from which local date of receipt on, YYYY-MM-DD',
      calendarDate,
    );
  }
  governing('withdraw', 'WITHDRAW', 'take a proposal or an approval back').option(
    '--from <date>',
    'for applications received from this local date on; otherwise today',
    calendarDate,
  );
  json(policy.command('active'))
    .description('which version is in force')
    .addArgument(new Argument('[product]', 'all of them where none is named').choices(PRODUCT_NAMES))
    .option('--data <dir>', 'the data folder', DEFAULT_FOLDER)
    .addOption(keyOption())
    .option('--on <date>', 'for applications received on this local date; otherwise today', calendarDate)
    .action(async (product, options) =>
      ended(await (await import('./policy/govern.ts')).policyActive(product, options)),
    );
  running(json(policy.command('affected <digest>')))
    .description('everyone whom a policy or a model package touched: its digest, or PRODUCT@VERSION')
    .option('--data <dir>', 'the data folder', DEFAULT_FOLDER)
    .addOption(keyOption())
    .addOption(awsOption())
    .option('--decide-again', 'have the decisions that rest on it made again, linked to those that they replace')
    .option('--by <name>', 'who has it done, as a user id such as r.vega')
    .option('--note <text>', 'why, in 10 characters or more; no personal data, it is kept in clear')
    .action(async (digest, options) =>
      ended(await (await import('./policy/affected.ts')).policyAffected(digest, options)),
    );
}

/** Who says that they look, and what for: nobody is authenticated on one machine. */
function readingPersonalData(command: Command, role: Role = 'auditor'): Command {
  return command
    .option('--by <name>', 'who looks, as a user id such as r.vega; otherwise who is logged in')
    .addOption(
      new Option('--role <role>', 'in which role').choices(ROLES.filter((role) => role !== 'front-end')).default(role),
    )
    .option('--purpose <text>', 'what for, in 10 to 200 characters; otherwise the command');
}

function shareOfOne(text: string): number {
  if (!/^(0(\.\d+)?|1(\.0+)?)$/.test(text)) throw new InvalidArgumentError('It must be a share from 0 to 1.');
  return Number(text);
}

function percent(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (!/^\d{1,3}(\.\d+)?%?$/.test(text) || value > 100) {
    throw new InvalidArgumentError('It must be a percentage from 0% to 100%.');
  }
  return value;
}

function readBatchId(text: string): string {
  if (!batchId.safeParse(text).success) {
    throw new InvalidArgumentError('It must have 1 to 64 letters, digits, ".", "_" or "-".');
  }
  return text;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

const outcomeOption = (description: string): Option =>
  new Option('--outcome <outcome>', description).choices(decisionOutcome.options);

function pageSize(text: string): number {
  const number = wholeNumber(text);
  if (number < 1 || number > 1_000) throw new InvalidArgumentError('It must be 1 to 1000 applications.');
  return number;
}

function reasonCode(text: string): string {
  if (Object.hasOwn(REASONS, text)) return text;
  throw new InvalidArgumentError(`It must be the code of a principal reason: ${Object.keys(REASONS).join(', ')}.`);
}

function coreTimeout(text: string): number {
  const number = wholeNumber(text);
  if (number < 1 || number > 3_600_000) throw new InvalidArgumentError('It must be 1 to 3600000 ms, an hour at most.');
  return number;
}

function port(text: string): number {
  const number = wholeNumber(text);
  if (number > 65_535) throw new InvalidArgumentError('It must be a port: 0 to 65535.');
  return number;
}

function calendarDate(text: string): string {
  if (!isCalendarDate(text)) throw new InvalidArgumentError('It must be a date of the calendar, as YYYY-MM-DD.');
  return text;
}

function utcInstant(text: string): string {
  if (z.iso.datetime().safeParse(text).success) return text;
  throw new InvalidArgumentError('It must be an instant in UTC, such as 2026-11-23T15:04:05Z.');
}

function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

function collectObject(value: string, previous: readonly JsonObject[]): JsonObject[] {
  const read = readJson(value);
  if (read.ok && read.value !== null && typeof read.value === 'object' && !Array.isArray(read.value)) {
    return [...previous, read.value];
  }
  throw new InvalidArgumentError('It must be one JSON object.');
}
