import { readFileSync, statSync } from 'node:fs';

import { JSON_FAULTS, readJson } from '../domain/json-text.ts';
import type { Json } from '../domain/json.ts';
import { CommandFailed, EXIT } from './failure.ts';

/** Largest submission: a real one has about 1 KB. */
const MAX_SUBMISSION_BYTES = 1024 * 1024;
/** Largest file of JSON lines, about 300,000 submissions. */
const MAX_LINES_BYTES = 256 * MAX_SUBMISSION_BYTES;

/** What a file holds, with the line it stands on in a file of JSON lines. */
export interface FileSubmission {
  readonly value: Json;
  readonly line: number | null;
}

/**
 * Reads one submission of a JSON file, or many of a `.jsonl` or `.ndjson` file. `-` and `/dev/stdin` read standard input to
 * its end. Standard input is JSON lines when its first line is a whole JSON value and more lines follow. Messages give the
 * place and never quote.
 * @throws CommandFailed with exit code 2.
 */
export async function readSubmissions(path: string): Promise<FileSubmission[]> {
  const standardInput = path === '-' || path === '/dev/stdin';
  const text = textOf(path, standardInput ? await readStandardInput(path) : readFile(path));
  if (!(standardInput ? holdsJsonLines(text) : isJsonLines(path))) {
    if (Buffer.byteLength(text) > MAX_SUBMISSION_BYTES) throw tooLarge(path, Buffer.byteLength(text), false);
    return [{ value: parse(path, text, 1), line: null }];
  }
  const submissions = text.split('\n').flatMap((content, index): FileSubmission[] => {
    if (content.trim() === '') return [];
    const line = index + 1;
    if (Buffer.byteLength(content) > MAX_SUBMISSION_BYTES) {
      throw refused(path, 'FileTooLarge', `line ${line} has more than 1 MB: a submission has about 1 KB`);
    }
    return [{ value: parse(path, content, line), line }];
  });
  if (submissions.length === 0) throw empty(path);
  return submissions;
}

const isJsonLines = (path: string): boolean => /\.(jsonl|ndjson)$/i.test(path);

function holdsJsonLines(text: string): boolean {
  const [first = '', second] = text.split('\n').filter((line) => line.trim() !== '');
  return second !== undefined && readJson(first).ok;
}

async function readStandardInput(path: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_LINES_BYTES) throw tooLarge(path, bytes, true);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(path: string, bytes: number, lines: boolean): CommandFailed {
  const limit = lines ? '256 MB' : '1 MB: a submission has about 1 KB; send many as JSON lines in a .jsonl file';
  return refused(path, 'FileTooLarge', `has ${bytes.toLocaleString('en-US')} bytes, more than ${limit}`);
}

function readFile(path: string): Uint8Array {
  try {
    const file = statSync(path);
    if (!file.isFile() && !file.isDirectory()) {
      // Reading a pipe or a device may never end.
      throw refused(path, 'FileUnreadable', 'is a pipe or a device: name a regular file, or - for standard input');
    }
    const { size } = file;
    const lines = isJsonLines(path);
    if (size > (lines ? MAX_LINES_BYTES : MAX_SUBMISSION_BYTES)) throw tooLarge(path, size, lines);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    if (code === 'ENOENT') throw refused(path, 'FileMissing', 'does not exist: check the path');
    if (code === 'EISDIR') throw refused(path, 'FileUnreadable', 'is a folder: name a file');
    throw refused(path, 'FileUnreadable', `cannot be read (${code}): check its permissions`);
  }
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (text.includes('\0')) throw new TypeError('NUL');
    if (text.trim() === '') throw empty(path);
    return text;
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw refused(path, 'FileNotText', 'is binary, not UTF-8 text: send JSON');
  }
}

function parse(path: string, text: string, firstLine: number): Json {
  const read = readJson(text);
  if (read.ok) return read.value;
  const { kind, column } = read.fault;
  const line = firstLine + read.fault.line - 1;
  const fault =
    kind === 'NOT_JSON'
      ? `is not JSON from line ${line}, column ${column} on: correct it there`
      : `${JSON_FAULTS[kind]}: see line ${line}, column ${column}`;
  throw refused(path, 'FileNotJson', fault, { line, column });
}

const empty = (path: string) => refused(path, 'FileEmpty', 'is empty: it needs one submission as JSON');

function refused(path: string, name: string, fault: string, place: Record<string, number> = {}): CommandFailed {
  return new CommandFailed(
    EXIT.USAGE,
    name,
    `${path === '-' ? 'Standard input' : path} ${fault}. Nothing was submitted.`,
    { file: path, ...place },
  );
}
