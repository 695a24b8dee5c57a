/**
 * The check that new versions of policies and models lie beside a note of their change, and that no released version is
 * edited. `check-policy-change` and `check-model-change` run it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CommandFailed, EXIT } from '../cli/failure.ts';

/** A folder of the repository with subfolders `ID/VERSION`. */
export interface VersionedFolder {
  /** The folder's name, such as `policies`. */
  readonly folder: string;
  /** The word for one of them, such as `policy`. */
  readonly noun: string;
  /** The npm script that runs the check. */
  readonly script: string;
  /** Files that no release may change. The first one is in every version. */
  readonly files: readonly [string, ...string[]];
  /**
   * Returns the text of change.md.
   * @param before the newest earlier version; undefined for a first version.
   */
  note(root: string, version: Version, before: Version | undefined): Promise<string>;
}

export interface Version {
  readonly id: string;
  readonly version: string;
  /** From the root of the repository, such as `policies/personal-loan/1.0.0`. */
  readonly folder: string;
}

interface Checked {
  readonly exitCode: 0 | 1 | 2;
  /** One line for each fault, or one line with the result. */
  readonly lines: readonly string[];
}

/**
 * Runs the check in the current folder, prints its result, and sets the exit code.
 * @param args of the command line: `[BASE] [--write]`.
 */
export async function runCheck(of: VersionedFolder, args: readonly string[]): Promise<void> {
  const { exitCode, lines } = await checkVersions(of, process.cwd(), args);
  for (const line of lines) (exitCode === 0 ? console.log : console.error)(line);
  process.exitCode = exitCode;
}

/**
 * Compares the versions in a repository with those of a revision. Without a revision, the revision is where the branch left
 * the main one; on the main branch it is the parent commit.
 */
export async function checkVersions(of: VersionedFolder, root: string, args: readonly string[]): Promise<Checked> {
  const [named, ...others] = args.filter((arg) => arg !== '--write');
  if (others.length > 0) {
    return { exitCode: 2, lines: [`Name one revision or none: npm run ${of.script} -- [BASE] [--write]`] };
  }
  try {
    const { base, why } = named === undefined ? baseOf(of, root) : { base: named, why: '' };
    const changes = base === undefined ? NO_CHANGES : await changesSince(of, root, base);
    if (args.includes('--write')) for (const [path, text] of changes.notes) writeFileSync(join(root, path), text);
    const faults = faultsOf(of, root, changes);
    if (faults.length > 0) {
      return { exitCode: 1, lines: faults.map((fault) => fault.replace('BASE', base ?? 'BASE')) };
    }
    const result =
      base === undefined
        ? `No ${of.noun} is compared, for ${why}; each version after the first has its change.md.`
        : `${changes.notes.size} new ${of.noun} versions since ${base.slice(0, 12)}, each with its change.md; none edited.`;
    return { exitCode: 0, lines: [result] };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return { exitCode: error.failure.exitCode === EXIT.USAGE ? 2 : 1, lines: [error.message] };
  }
}

interface Changes {
  /** The expected notes of new versions, by their path from the root of the repository. */
  readonly notes: ReadonlyMap<string, string>;
  /** Files of released versions that were edited or removed. */
  readonly spoiled: readonly string[];
}

const NO_CHANGES: Changes = { notes: new Map(), spoiled: [] };

/** @param base any revision of git; untracked versions count as new. */
async function changesSince(of: VersionedFolder, root: string, base: string): Promise<Changes> {
  const git = gitIn(root);
  const revision = tried(git, 'rev-parse', '--verify', '--end-of-options', `${base}^{commit}`);
  if (revision === undefined) {
    throw new CommandFailed(EXIT.USAGE, 'RevisionMissing', `git knows no revision ${base} here: name one that it has.`);
  }
  const atBase = new Set(git('ls-tree', '-r', '--name-only', revision, `${of.folder}/`).split('\n'));
  const differing = git('diff', '--name-only', '--relative', '--no-renames', revision, '--', `${of.folder}/`).split(
    '\n',
  );
  const here = versionsIn(of, root);
  const notes = new Map<string, string>();
  for (const version of here.filter(({ folder }) => !atBase.has(`${folder}/${of.files[0]}`))) {
    notes.set(noteOf(version), await of.note(root, version, predecessorOf(version, here)));
  }
  const spoiled = differing.filter((path) => atBase.has(path) && versionOf(of, path) !== undefined);
  return { notes, spoiled };
}

function faultsOf(of: VersionedFolder, root: string, { notes, spoiled }: Changes): string[] {
  const versions = versionsIn(of, root);
  const later = versions.filter((version) => predecessorOf(version, versions) !== undefined).map(noteOf);
  const textOf = (path: string): string | undefined =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
  const missing = [...new Set([...notes.keys(), ...later])].filter((path) => textOf(path) === undefined);
  const wrong = [...notes].filter(([path, text]) => textOf(path) !== undefined && textOf(path) !== text);
  const remedy = `write it with npm run ${of.script} -- BASE --write, read it, and commit it.`;
  return [
    ...spoiled.map(
      (path) => `${path} is edited or gone, and its version may have decided: restore it, and change the next version.`,
    ),
    ...missing.map((path) => `${path} is missing: ${remedy}`),
    ...wrong.map(([path]) => `${path} is not what the change comes to: ${remedy}`),
  ];
}

const noteOf = ({ folder }: Version): string => `${folder}/change.md`;

/** Every version on disk, sorted by path. */
function versionsIn(of: VersionedFolder, root: string): Version[] {
  const folder = join(root, of.folder);
  const paths = existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
  return paths
    .filter((path) => path.endsWith(`/${of.files[0]}`))
    .sort()
    .flatMap((path) => versionOf(of, `${of.folder}/${path}`) ?? []);
}

/** Returns the version that a file belongs to; undefined for a file that a release may change. */
function versionOf({ folder, files }: VersionedFolder, path: string): Version | undefined {
  const [top, id = '', version = '', file = '', ...deeper] = path.split('/');
  const known = top === folder && /^\d+\.\d+\.\d+$/.test(version) && files.includes(file) && deeper.length === 0;
  return known ? { id, version, folder: `${folder}/${id}/${version}` } : undefined;
}

const order = (a: Version, b: Version): number => a.version.localeCompare(b.version, 'en', { numeric: true });

function predecessorOf(version: Version, versions: readonly Version[]): Version | undefined {
  return versions
    .filter((each) => each.id === version.id && order(each, version) < 0)
    .toSorted(order)
    .at(-1);
}

/** Returns the revision to compare with, or why there is none. */
function baseOf(
  { folder }: VersionedFolder,
  root: string,
): { readonly base: string | undefined; readonly why: string } {
  const git = gitIn(root);
  const head = tried(git, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
  // A copy inside another project's repository has no history of its own.
  if (head === undefined || tried(git, 'ls-files', '--', folder) === '') {
    return { base: undefined, why: 'this folder is no clone of a repository' };
  }
  for (const main of ['origin/HEAD', 'origin/main', 'main']) {
    const left = tried(git, 'merge-base', head, main);
    if (left !== undefined && left !== head) return { base: left, why: '' };
  }
  const parent = tried(git, 'rev-parse', '--verify', '--quiet', `${head}^1^{commit}`);
  if (parent !== undefined) return { base: parent, why: '' };
  const shallow = tried(git, 'rev-parse', '--is-shallow-repository') === 'true';
  return { base: undefined, why: shallow ? 'this clone is shallow (git fetch --deepen=1)' : 'there is one commit' };
}

type Git = (...args: string[]) => string;

/** Returns undefined where git fails. */
function tried(git: Git, ...args: string[]): string | undefined {
  try {
    return git(...args).trim();
  } catch {
    return undefined;
  }
}

function gitIn(root: string): Git {
  return (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
