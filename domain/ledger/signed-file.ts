import { digestOf } from './canonical-json.ts';

/** The text that the signature of an exported file is over: everything in it but the signature. */
export function signedFileText(file: Readonly<Record<string, unknown>>): string {
  const { signature: _, ...signed } = file;
  return `underwright-decision-file-v1\n${digestOf(signed)}`;
}
