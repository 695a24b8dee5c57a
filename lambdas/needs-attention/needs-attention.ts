import type { StepOf } from '../handler.ts';
import { openTask, type TaskPorts } from '../open-task.ts';

/** Holds what no step could handle until an operator sends it on. */
export function needsAttention(ports: TaskPorts): StepOf<'NeedsAttention'> {
  return (called) => {
    const { taskToken, failure, retryCount } = called;
    const { state, error } = failure;
    return openTask(ports, called, {
      queue: 'ATTENTION',
      taskToken,
      tries: retryCount,
      details: { stage: 'ATTENTION', policy: null, failure },
      facts: { failedState: state, error, tries: retryCount },
    });
  };
}
