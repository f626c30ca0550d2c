export type ChannelHandlers = {
  readonly onMessage: (message: string) => void;
  /** Called when messages may have been missed. */
  readonly onGap: () => void;
};

/** Carries texts between processes; a text that cannot be carried is lost. */
export interface MessageChannel {
  publish(message: string): Promise<void>;
  /** Follows what all processes publish, this one included. */
  open(handlers: ChannelHandlers): Promise<{ close(): Promise<void> }>;
}
