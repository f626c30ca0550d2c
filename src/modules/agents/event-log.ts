import type { Actor } from '#shared/actor';

/** Where privileged acts and refusals are kept; who acted is the keeper's to describe. */
export type EventLog = {
  insert(
    actor: Actor,
    event: {
      readonly action: `${string}.${string}`;
      readonly outcome?: 'success' | 'failure';
      readonly reason?: string;
      readonly target: { readonly type: string; readonly id: string };
      readonly before?: Readonly<Record<string, unknown>>;
      readonly after?: Readonly<Record<string, unknown>>;
    },
  ): Promise<void>;
};
