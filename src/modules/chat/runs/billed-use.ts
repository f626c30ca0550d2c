import type { ModelUse } from '#modules/ai';
import { newId } from '#shared/ids';

/** What a model used, under the id of the record that bills it: whoever bills it again adds nothing. */
export type BilledUse = Omit<ModelUse, 'provider'> & {
  readonly id: string;
  /** Null where nobody remembers. */
  readonly provider: string | null;
};

export function toBilled(use: Omit<BilledUse, 'id'>): BilledUse {
  return { ...use, id: newId<string>() };
}
