import type pg from 'pg';

export type Listening = { close(): Promise<void> };

export type ListenHandlers = {
  readonly onNotification: (payload: string) => void;
  /** Called when notifications may have been missed. */
  readonly onReconnect: () => void;
};

/** A running Postgres, embedded or on a server, as the rest of the database layer sees it. */
export type DatabaseEngine = {
  readonly isEmbedded: boolean;
  /** Connections that work in the service's role and see no tenant's rows unless a scope is set. */
  readonly pool: pg.Pool;
  /** Lends a connection with the login role's own rights: for migrations and upkeep. */
  runAsOwner<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T>;
  listen(channel: string, handlers: ListenHandlers): Promise<Listening>;
  close(): Promise<void>;
};
