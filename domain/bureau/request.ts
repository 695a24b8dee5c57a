import type { Json } from '../json.ts';

/** 15 USC 1681b(a)(3)(A): the purpose for which the consumer applied. A closed list; other products add theirs. */
type PermissiblePurpose = 'EXTENSION_OF_CREDIT';

/** What a bureau is told so that it can find the consumer's file. Personal data: never logged, never in a history. */
export interface BureauRequest {
  readonly bureau: string;
  readonly applicationId: string;
  readonly inquiry: 'HARD' | 'SOFT';
  readonly purpose: PermissiblePurpose;
  /** Ours, the same for every try of one pull, so that a bureau can be asked whether it saw it. */
  readonly reference: string;
  readonly consumer: {
    /** Null for a person who has one name. */
    readonly firstName: string | null;
    readonly lastName: string;
    /** ISO 8601 date. */
    readonly dateOfBirth: string;
    /** Nine digits. */
    readonly ssn: string;
    readonly address: { readonly street: string; readonly city: string; readonly state: string; readonly zip: string };
  };
}

/** The bureau's answer as it came; its meaning is read from it by the vendor's mapping. */
export interface BureauAnswer {
  readonly format: string;
  readonly body: Json;
}
