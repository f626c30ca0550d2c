import type { FastifyTypeProvider } from 'fastify';
import type { input, output, ZodType } from 'zod';

/** Types a handler's request by what its schemas parse to, and its reply by what they accept. */
export interface ZodTypeProvider extends FastifyTypeProvider {
  validator: this['schema'] extends ZodType ? output<this['schema']> : unknown;
  serializer: this['schema'] extends ZodType ? input<this['schema']> : unknown;
}
