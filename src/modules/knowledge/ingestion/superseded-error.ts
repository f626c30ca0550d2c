/** The document was deleted or called off, or another run took it over; this run has nothing left to do. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}
