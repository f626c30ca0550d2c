import { z } from 'zod';

export const McpMessageBody = z
  .unknown()
  .pipe(z.record(z.string(), z.unknown()))
  .describe(
    'One message of JSON-RPC 2.0, as the Model Context Protocol says; batches are not taken',
  )
  .meta({ id: 'McpMessage', type: 'object' });

export const McpAnswer = z
  .unknown()
  .describe(
    'The answer as JSON, or as one event of a stream where the version of the client wants it',
  )
  .meta({ id: 'McpAnswer', type: 'object' });

export const McpTaken = z.void().describe('A notification, which nothing answers');

export const McpErrorResponse = z
  .object({
    jsonrpc: z.literal('2.0'),
    id: z.null(),
    error: z.object({
      code: z.int(),
      message: z.string(),
      data: z.record(z.string(), z.unknown()).describe('The problem document'),
    }),
  })
  .meta({ id: 'McpErrorResponse' });
