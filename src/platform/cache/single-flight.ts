/** One load in progress; `isOutdated` once its key was forgotten, and its result must not be kept. */
export type Flight = { isOutdated: boolean };

/** Lets parallel callers of one key share one load. */
export function createSingleFlight<T>() {
  const flights = new Map<string, Flight & { readonly result: Promise<T> }>();

  function start(key: string, load: (flight: Flight) => Promise<T>): Promise<T> {
    const state: Flight = { isOutdated: false };
    const result = load(state).finally(() => {
      if (flights.get(key)?.result === result) flights.delete(key);
    });
    flights.set(key, Object.assign(state, { result }));
    return result;
  }

  return {
    run: (key: string, load: (flight: Flight) => Promise<T>): Promise<T> =>
      flights.get(key)?.result ?? start(key, load),

    /** What is being loaded now is out of date: the next caller loads anew. */
    forget(key: string): void {
      const flight = flights.get(key);
      if (flight) flight.isOutdated = true;
      flights.delete(key);
    },
  };
}
