const NUL = /\0/g;

export type TextCleaner = {
  /** The part of the text so far that is safe to store and send. */
  push(text: string): string;
  /** What was held back for its other half. */
  flush(): string;
};

/**
 * Makes a model's pieces of text storable: no NUL, and no half of a surrogate pair. A pair that was cut
 * between two pieces is put together again.
 */
export function createTextCleaner(): TextCleaner {
  let held = '';
  return {
    push(text) {
      const whole = held + text;
      held = endsInHighSurrogate(whole) ? whole.slice(-1) : '';
      return clean(held ? whole.slice(0, -1) : whole);
    },
    flush() {
      const rest = clean(held);
      held = '';
      return rest;
    },
  };
}

function endsInHighSurrogate(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

function clean(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll(NUL, '') : wellFormed;
}
