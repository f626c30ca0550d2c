import { Duplex } from 'node:stream';

/** The other end of one connection: takes the bytes `pg` writes, and hears of its end. */
export type WireEnd = {
  open(deliver: (bytes: Uint8Array) => void, fail: (error: Error) => void): Promise<void>;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
};

/** What `pg` takes for a socket: wire bytes go to the embedded Postgres and come back from it. */
export class EmbeddedStream extends Duplex {
  readonly #wire: WireEnd;

  constructor(wire: WireEnd) {
    super();
    this.#wire = wire;
  }

  connect(): this {
    const deliver = (bytes: Uint8Array) => this.push(bytes);
    const fail = (error: Error) => this.destroy(error);
    this.#wire.open(deliver, fail).then(() => this.emit('connect'), fail);
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.#send([chunk]);
    done();
  }

  /** What `pg` corks belongs together: the engine needs a whole batch, up to its Sync, at once. */
  override _writev(chunks: readonly { readonly chunk: Uint8Array }[], done: () => void): void {
    this.#send(chunks.map(({ chunk }) => chunk));
    done();
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#wire.close();
    done(error);
  }

  #send(chunks: readonly Uint8Array[]): void {
    // Memory of its own, since it is handed over to the other thread.
    const bytes = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
    let offset = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    this.#wire.send(bytes);
  }
}
