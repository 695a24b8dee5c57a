/** An engine for JSONata state machines over SQLite. It answers as AWS Step Functions does. */
export type { ExecutionEnd, ListedExecution } from './answers.ts';
export { openEngine, type Engine, type EngineOptions, type EngineStatistics } from './engine.ts';
export {
  EngineHalted,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  InvalidArn,
  InvalidExecutionInput,
  InvalidName,
  InvalidOutput,
  InvalidToken,
  StateMachineDoesNotExist,
  StateMachineRefused,
  StepFunctionsError,
  TaskDoesNotExist,
  TaskTimedOut,
  ValidationException,
} from './errors.ts';
export { functionNameOf, lambdaFailure } from './functions.ts';
export { loadStateMachine, type StateMachineSource } from './machines.ts';
export type {
  Bucket,
  EngineClock,
  EngineDatabase,
  EngineReader,
  ExecutionContract,
  HistoryEvent,
  Invoke,
  InvokeContext,
} from './ports.ts';
export {
  executionArnOf,
  listExecutions,
  parseExecutionArn,
  readHistory,
  stateMachineArnOf,
  type ExecutionRow,
  type FrameRow,
} from './store.ts';
