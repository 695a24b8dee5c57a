/**
 * The platform of a decision core. `core/build.ts` puts these names in place of `node:crypto` and `Intl`, so the bundle
 * imports nothing and runs the same in V8 and in QuickJS, which has no `Intl`.
 */
import type { CoreHost } from '../domain/decision/core-contract.ts';

/** The argument of the function that the bundle is. */
declare const host: CoreHost;

/** `createHash` of `node:crypto` as far as a core uses it: the SHA-256 of one text, in hexadecimal. */
export const createHash = (_algorithm: 'sha256') => ({
  update: (text: string) => ({ digest: (_encoding: 'hex') => host.sha256(text) }),
});

/** `Intl` as far as domain/calendar.ts uses it: dates as `MM/DD/YYYY`. */
export const Intl = {
  DateTimeFormat: class {
    readonly #timeZone: string;

    constructor(_locale: string, { timeZone }: { readonly timeZone: string }) {
      this.#timeZone = timeZone;
    }

    format(instant: number): string {
      const [year, month, day] = host.localDate(new Date(instant).toISOString(), this.#timeZone).split('-');
      return `${month}/${day}/${year}`;
    }
  },
};
