import type { TeamId } from '#shared/ids';

/** Something that happened to what a team has. Its data is ids and states: where to look, not what is there. */
export type TeamEvent = {
  readonly teamId: TeamId;
  /** What it is about, such as `documents`. */
  readonly topic: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
};

export type Subscriber = {
  readonly onEvent: (event: TeamEvent) => void;
  /** Called when events of other processes may have been missed: look again. */
  readonly onGap?: () => void;
};

export type Unsubscribe = () => void;

/**
 * Tells every process what happened, at once and at most once. An event may be lost on its way, so who must not miss
 * anything looks for itself now and then.
 */
export interface Events {
  /** To be called once what happened is committed. Never throws. */
  publish(event: TeamEvent): void;
  subscribe(of: Pick<TeamEvent, 'teamId' | 'topic'>, subscriber: Subscriber): Unsubscribe;
  close(): Promise<void>;
}
