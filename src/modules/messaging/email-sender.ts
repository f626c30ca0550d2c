export type Email = {
  /** One bare address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same content; whoever makes it escapes what is not theirs. */
  readonly html: string;
};

/** Hands mails to whatever delivers them. */
export interface EmailSender {
  /**
   * Done when the mail was taken over for delivery.
   * @throws EXTERNAL_SERVICE_ERROR for a refusal, SERVICE_UNAVAILABLE for a server that cannot be reached; each
   * says whether another try may succeed
   */
  send(email: Email, signal: AbortSignal): Promise<void>;
}
