import { EN } from './en.ts';
import type { Language } from './language.ts';

/** The languages in which notices are rendered, by code. A language is one file. */
export const LANGUAGES: Readonly<Record<string, Language>> = { [EN.code]: EN };
