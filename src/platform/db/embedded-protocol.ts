/** What the embedded Postgres' thread starts with. Without a folder it lives in memory. */
export type WorkerStart = {
  readonly folder: string | undefined;
  /** A dumped data folder to start from. */
  readonly seed: Uint8Array<ArrayBuffer> | undefined;
};

export type ToWorker =
  | { readonly kind: 'bytes'; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly kind: 'dump' }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'bytes';
      readonly connection: number;
      readonly bytes: Uint8Array;
      /** How often the engine asked the disk to sync, since it started. */
      readonly syncCount: number;
    }
  | { readonly kind: 'dumped'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'closed' };
