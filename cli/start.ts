import { STATE_MACHINE_ARN } from '../local/underwriting-process.ts';
import { openProcess } from './data-folder.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { processOptions, stopped, type RunOptions } from './run-options.ts';
import { print, printJson, style } from './terminal.ts';

/** Serves a data folder until it is stopped. */
export async function start(options: RunOptions & { readonly port: number }): Promise<ExitCode> {
  const running = await openProcess(processOptions(options, options.port));
  const failed = new Promise<Error>((resolve) => running.embedded.database.onFailure(resolve));
  const end = stopped();
  try {
    if (options.json) {
      printJson({ url: running.url, stateMachineArn: STATE_MACHINE_ARN, data: options.data, pid: process.pid });
    } else {
      print(`${style('bold', 'Underwright')} runs on ${options.data} and answers as Step Functions and Lambda at`);
      print(`  ${style('cyan', running.url)}  (this machine only)\n`);
      print(`  ${style('cyan', `${running.url}/v1`)}  is the HTTP API: docs/api.md\n`);
      print(pointers(running.url));
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

/** How the AWS command line and SDKs are pointed at a running process. */
export function pointers(url: string): string {
  return [
    `  export AWS_ENDPOINT_URL_SFN=${url} AWS_ENDPOINT_URL_LAMBDA=${url}`,
    '  export AWS_REGION=local AWS_DEFAULT_REGION=local AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local',
    `  aws stepfunctions list-executions --state-machine-arn ${STATE_MACHINE_ARN}`,
    `  new SFNClient({ endpoint: '${url}', region: 'local' })   // @aws-sdk/client-sfn`,
  ].join('\n');
}
