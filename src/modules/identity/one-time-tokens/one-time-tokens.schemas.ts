import { z } from 'zod';
import { text } from '#platform/http/schema-parts';

const MAX_TOKEN_LENGTH = 256;

/** A token that was mailed. */
export const OneTimeTokenInput = text(MAX_TOKEN_LENGTH)
  .min(1)
  .describe('The token of the mail; it works once');

export const OneTimeTokenUse = z
  .strictObject({ token: OneTimeTokenInput })
  .meta({ id: 'OneTimeTokenUse' });

/** The answer that says nothing of who has an account. */
export const AcceptedResponse = z.object({ message: z.string() }).meta({ id: 'AcceptedResponse' });
