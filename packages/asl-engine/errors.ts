/** The errors of the Step Functions API, under the names that AWS gives them. */
export class StepFunctionsError extends Error {
  /** HTTP status of the answer. */
  readonly status: number = 400;
}
export class ExecutionAlreadyExists extends StepFunctionsError {
  override readonly name = 'ExecutionAlreadyExists';
}
export class ExecutionDoesNotExist extends StepFunctionsError {
  override readonly name = 'ExecutionDoesNotExist';
}
export class StateMachineDoesNotExist extends StepFunctionsError {
  override readonly name = 'StateMachineDoesNotExist';
}
export class InvalidArn extends StepFunctionsError {
  override readonly name = 'InvalidArn';
}
export class InvalidName extends StepFunctionsError {
  override readonly name = 'InvalidName';
}
export class InvalidExecutionInput extends StepFunctionsError {
  override readonly name = 'InvalidExecutionInput';
}
export class InvalidOutput extends StepFunctionsError {
  override readonly name = 'InvalidOutput';
}
export class InvalidToken extends StepFunctionsError {
  override readonly name = 'InvalidToken';
}
export class TaskDoesNotExist extends StepFunctionsError {
  override readonly name = 'TaskDoesNotExist';
}
export class TaskTimedOut extends StepFunctionsError {
  override readonly name = 'TaskTimedOut';
}
export class ExecutionNotRedrivable extends StepFunctionsError {
  override readonly name = 'ExecutionNotRedrivable';
}
export class ValidationException extends StepFunctionsError {
  override readonly name = 'ValidationException';
}
/** The engine takes no more calls: it was closed, or the database failed under it. */
export class EngineHalted extends StepFunctionsError {
  override readonly name = 'EngineHalted';
  override readonly status = 503;
}

/** A state machine that this engine does not run, with every reason at once. */
export class StateMachineRefused extends Error {
  override readonly name = 'StateMachineRefused';
}

/** An error inside a state machine, as Retry and Catch see it. */
export interface Failure {
  readonly error: string;
  readonly cause: string;
}

/** A field of a state that could not be evaluated: becomes `States.QueryEvaluationError`, or the named error. */
export class EvaluationFailed extends Error {
  override readonly name = 'EvaluationFailed';
  readonly error: string;
  /** The field, such as `Arguments/Payload`. */
  readonly location: string;

  constructor(location: string, cause: string, error = 'States.QueryEvaluationError') {
    super(cause);
    this.location = location;
    this.error = error;
  }
}
