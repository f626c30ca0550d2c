import { z } from 'zod';

export const OpenAiErrorResponse = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.enum(['invalid_request_error', 'insufficient_quota', 'requests', 'server_error']),
      param: z.string().nullable().describe('What of the request it is about'),
      code: z.string().nullable(),
      trace_id: z.string(),
      errors: z
        .array(z.object({ field: z.string(), message: z.string() }))
        .optional()
        .describe('Every unmet rule of an invalid request'),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ id: 'OpenAiErrorResponse' });
