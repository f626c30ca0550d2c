import type { ClientError } from '../endpoint-failure.ts';
import { GeminiRefusal } from './gemini-refusal.ts';

// The client has no kinds of errors for these.
const CUT = 'Incomplete JSON segment';
const UNREADABLE = ['exception parsing stream chunk', 'Response body is empty'];

export function readGeminiError(error: unknown): ClientError | undefined {
  if (error instanceof GeminiRefusal) {
    const { status, rpcCode: code, headers, fault } = error;
    return { kind: 'refused', status, code, headers, fault };
  }
  if (!(error instanceof Error)) return undefined;
  // Comes within a stream. Its class is part of the package, which is loaded only where it is needed.
  if (error.name === 'ApiError' && 'status' in error && typeof error.status === 'number') {
    return { kind: 'refused', status: error.status };
  }
  if (error.message.startsWith(CUT)) return { kind: 'cut' };
  return UNREADABLE.some((start) => error.message.startsWith(start))
    ? { kind: 'unreadable' }
    : undefined;
}
