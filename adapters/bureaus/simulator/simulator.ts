import type { BureauRequest } from '../../../domain/bureau/request.ts';
import { BureauAmbiguous, BureauUnavailable, type Bureau } from '../../ports.ts';
import { simulatedAnswer } from './answer.ts';
import type { PullLog } from './pull-log.ts';
import { scenarioOf, type Scenario } from './scenarios.ts';

export interface SimulatedBureauOptions {
  readonly log: PullLog;
  /** Resolves after so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<unknown>;
  /** How long the caller waits for a slow answer, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * A bureau that describes no real person, for development, tests and demonstrations: docs/simulated-bureau.md says what
 * it shows of whom. Its answers depend on the applicant and the reference alone; a hard pull is in its log before the
 * answer is given, and a second pull of one reference is logged a second time, as a real bureau would post it.
 *
 * `pull` throws, beside what every bureau throws, NotASyntheticApplicant: nothing was asked or logged.
 */
export function simulatedBureau({ log, wait, timeoutMs }: SimulatedBureauOptions): Bureau {
  async function record(request: BureauRequest, scenario: Scenario, posted: boolean): Promise<void> {
    const { reference, bureau, inquiry } = request;
    try {
      await log.append({ reference, bureau, inquiry, posted, scenario });
    } catch (cause) {
      if (!posted) throw unavailable(request, cause);
      throw new BureauAmbiguous(
        `The simulated bureau ${bureau} failed while it posted the inquiry ${reference}: whether it is posted is unknown. ` +
          'Ask the bureau by the reference; do not pull again.',
        { cause },
      );
    }
  }

  return {
    async pull(request) {
      const { scenario, row } = scenarioOf(request.consumer.ssn);
      const refused =
        scenario === 'UNAVAILABLE' || (scenario === 'UNAVAILABLE_ONCE' && !(await log.wasRefused(request.reference)));
      // A soft pull leaves nothing on the consumer's file.
      await record(request, scenario, !refused && request.inquiry === 'HARD');
      if (refused) throw unavailable(request);
      if (scenario === 'SLOW') {
        await wait(timeoutMs);
        throw new BureauAmbiguous(
          `The simulated bureau ${request.bureau} did not answer the inquiry ${request.reference} within ${timeoutMs} ms: ` +
            'whether it is posted is unknown. Ask the bureau by the reference; do not pull again.',
        );
      }
      return simulatedAnswer(request, scenario, row);
    },

    async posted(request) {
      const { scenario, row } = scenarioOf(request.consumer.ssn);
      return (await log.wasPosted(request.reference)) ? simulatedAnswer(request, scenario, row) : undefined;
    },
  };
}

function unavailable({ bureau, reference }: BureauRequest, cause?: unknown): BureauUnavailable {
  return new BureauUnavailable(
    `The simulated bureau ${bureau} is out of service and has not taken the inquiry ${reference}. It may be sent again.`,
    { cause },
  );
}
