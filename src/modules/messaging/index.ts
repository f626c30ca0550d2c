export type { Email, EmailSender } from './email-sender.ts';
export { createMessagingModule } from './messaging.module.ts';
