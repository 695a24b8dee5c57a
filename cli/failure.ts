import type { Records } from '../audit/records.ts';
import type { JsonObject } from '../domain/json.ts';

/** Exit codes of every command, as `--help` and docs/command-line.md list them. */
export const EXIT = {
  OK: 0,
  /** The thing asked for is not so: faults found, an application rejected, a demo that differs. */
  NOT_SO: 1,
  /** The command line or the file it names. */
  USAGE: 2,
  NOT_FOUND: 3,
  /** The data folder is in use or cannot be opened. */
  DATA_FOLDER: 4,
  /** The storage refused to write. */
  STORAGE: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly exitCode: ExitCode;
  readonly details?: JsonObject;
}

/** What a command cannot do, in a sentence that says the way out. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly failure: Failure;

  constructor(exitCode: ExitCode, name: string, message: string, details?: JsonObject) {
    super(message);
    this.failure = { name, message, exitCode, ...(details && { details }) };
  }
}

/** Exit codes of the errors of other parts, by name: over the API only the name arrives. */
const EXIT_OF_NAME: Readonly<Record<string, ExitCode>> = {
  DataFolderInUse: EXIT.DATA_FOLDER,
  AccessKeyMissing: EXIT.DATA_FOLDER,
  VaultKeyDamaged: EXIT.DATA_FOLDER,
  SchemaChanged: EXIT.DATA_FOLDER,
  ModelPackageDamaged: EXIT.USAGE,
  ModelSourceInvalid: EXIT.USAGE,
  NativeLibraryUnavailable: EXIT.USAGE,
  CompiledPolicyDamaged: EXIT.USAGE,
  SettingMissing: EXIT.USAGE,
  LendingSettingsInvalid: EXIT.USAGE,
  StageInvalid: EXIT.USAGE,
  StoreUnavailable: EXIT.STORAGE,
};

/** SQLITE_FULL, SQLITE_IOERR; SQLITE_CANTOPEN, CORRUPT, NOTADB, READONLY, PERM (sqlite.org/rescode.html). */
const EXIT_OF_SQLITE: Readonly<Record<number, ExitCode>> = {
  13: EXIT.STORAGE,
  10: EXIT.STORAGE,
  14: EXIT.DATA_FOLDER,
  11: EXIT.DATA_FOLDER,
  26: EXIT.DATA_FOLDER,
  8: EXIT.DATA_FOLDER,
  3: EXIT.DATA_FOLDER,
};

const EXIT_OF_SYSTEM: Readonly<Record<string, ExitCode>> = {
  ENOSPC: EXIT.STORAGE,
  EDQUOT: EXIT.STORAGE,
  EACCES: EXIT.DATA_FOLDER,
  EPERM: EXIT.DATA_FOLDER,
  EROFS: EXIT.DATA_FOLDER,
  ENOTDIR: EXIT.DATA_FOLDER,
  EEXIST: EXIT.DATA_FOLDER,
  EISDIR: EXIT.DATA_FOLDER,
  ERR_FS_EISDIR: EXIT.DATA_FOLDER,
  EIO: EXIT.STORAGE,
  EFBIG: EXIT.STORAGE,
};

/** What to tell of an error, and with which code to end. A fault of the program itself keeps its name and ends with 1. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommandFailed) return error.failure;
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), exitCode: EXIT.NOT_SO };
  const { name, message } = error;
  const known = EXIT_OF_NAME[name];
  if (known !== undefined) return { name, message, exitCode: known };
  if (name === 'KeyDestroyed') {
    const told = `FORGOTTEN. ${message} What remains of it: underwright trace, verify and retention.`;
    return { name: 'ApplicantForgotten', message: told, exitCode: EXIT.NOT_SO };
  }
  if (name === 'EngineHalted' && error.cause !== undefined) return failureOf(error.cause);
  return systemFailureOf(error) ?? { name, message, exitCode: EXIT.NOT_SO };
}

/** The failure of the machine: a port, the packages, the disk or SQLite. @returns undefined for any other. */
function systemFailureOf(error: Error): Failure | undefined {
  const { message } = error;
  const { errcode, code, syscall, port } = error as SystemError;
  if (syscall === 'listen') {
    const message = `Port ${port} cannot be opened (${code}): choose another with --port, or 0 for a free one.`;
    return { name: code === 'EADDRINUSE' ? 'PortInUse' : 'PortUnusable', message, exitCode: EXIT.USAGE };
  }
  if (code === 'ERR_MODULE_NOT_FOUND') {
    const told = `${message}: the packages are not those of this release. Run npm ci, then the command again.`;
    return { name: 'PackagesMissing', message: told, exitCode: EXIT.NOT_SO };
  }
  const sqlite = errcode === undefined ? undefined : EXIT_OF_SQLITE[errcode & 0xff];
  if (sqlite === EXIT.STORAGE) {
    return {
      name: 'StoreUnavailable',
      message: `The data folder took no more writes (${message}). What was stored before is intact: free space, then run the command again.`,
      exitCode: sqlite,
    };
  }
  const system = sqlite ?? EXIT_OF_SYSTEM[code ?? ''];
  if (system !== undefined) {
    const name = system === EXIT.STORAGE ? 'StoreUnavailable' : 'DataFolderUnusable';
    const message = `The data folder cannot be used (${error.message}). Check its disk and permissions, or choose another with --data.`;
    return { name, message, exitCode: system };
  }
  return undefined;
}

interface SystemError extends Error {
  /** Of SQLite. */
  readonly errcode?: number;
  readonly code?: string;
  readonly syscall?: string;
  readonly port?: number;
}

export function notFound(applicationId: string, { place, option }: Pick<Records, 'place' | 'option'>): CommandFailed {
  return new CommandFailed(
    EXIT.NOT_FOUND,
    'ApplicationNotFound',
    `There is no application ${applicationId} in ${place}. List what there is with: underwright list ${option}`,
  );
}
