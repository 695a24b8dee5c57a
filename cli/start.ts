import { ACCESS_KEY_PROFILE, accessKeyFile } from '../adapters/embedded/access-key.ts';
import { STATE_MACHINE_ARN } from '../local/underwriting-process.ts';
import { openProcess } from './data-folder.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { processOptions, stopped, type RunOptions } from './run-options.ts';
import { print, printJson, style } from './terminal.ts';

/** Serves a data folder until it is stopped. */
export async function start(options: RunOptions & { readonly port: number; readonly host: string }): Promise<ExitCode> {
  const running = await openProcess({ ...processOptions(options, options.port), host: options.host });
  const failed = new Promise<Error>((resolve) => running.embedded.database.onFailure(resolve));
  const end = stopped();
  try {
    if (options.json) {
      printJson({ url: running.url, stateMachineArn: STATE_MACHINE_ARN, data: options.data, pid: process.pid });
    } else {
      print(`${style('bold', 'Underwright')} runs on ${options.data} and answers as Step Functions and Lambda at`);
      print(
        `  ${style('cyan', running.url)}  (${options.host === '127.0.0.1' ? 'this machine only' : `listening on ${options.host}`})\n`,
      );
      print(`  ${style('cyan', `${running.url}/v1`)}  is the HTTP API: docs/api.md\n`);
      print(pointers(running.url, options.data));
      print(
        '\nThe credit bureau is simulated: put no real person’s data in. Ctrl-C stops; what is open goes on at the next start.',
      );
    }
    const failure = await Promise.race([end, failed]);
    if (failure instanceof Error) throw failure;
    return EXIT.OK;
  } finally {
    await running.close();
  }
}

/** How the AWS CLI and SDKs find a running process and its key pair. The secret stays in its file. */
export function pointers(url: string, folder: string): string {
  return [
    // Keys in the environment go before the file.
    '  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN',
    `  export AWS_ENDPOINT_URL_SFN=${url} AWS_ENDPOINT_URL_LAMBDA=${url}`,
    '  export AWS_REGION=local AWS_DEFAULT_REGION=local',
    `  export AWS_SHARED_CREDENTIALS_FILE=${quoted(accessKeyFile(folder))} AWS_PROFILE=${ACCESS_KEY_PROFILE}`,
    `  aws stepfunctions list-executions --state-machine-arn ${STATE_MACHINE_ARN}`,
    '  new SFNClient()   // @aws-sdk/client-sfn, with these variables',
  ].join('\n');
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
