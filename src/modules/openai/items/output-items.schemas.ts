import { z } from 'zod';

const itemStatus = z.enum(['in_progress', 'completed', 'incomplete']);

export const FileCitation = z.object({
  type: z.literal('file_citation'),
  file_id: z.string().describe('The document'),
  filename: z.string(),
  index: z.int().describe('Where in the text the citation was complete'),
  quote: z.string().describe('Byte for byte as the document has it'),
  page: z.int().nullable(),
  start_offset: z.int(),
  end_offset: z.int(),
});

const OutputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(FileCitation),
  logprobs: z.array(z.never()),
});

const MessageItem = z.object({
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  status: itemStatus,
  content: z.array(OutputText),
});
const FunctionCallItem = z.object({
  id: z.string(),
  type: z.literal('function_call'),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  status: itemStatus,
});
const FileSearchCallItem = z.object({
  id: z.string(),
  type: z.literal('file_search_call'),
  status: z.enum(['in_progress', 'searching', 'completed', 'incomplete']),
  queries: z.array(z.string()),
  results: z.null().describe('Not told: the quotes are in the annotations'),
});

export const OutputItem = z.discriminatedUnion('type', [
  MessageItem,
  FunctionCallItem,
  FileSearchCallItem,
]);

export type OutputItem = z.input<typeof OutputItem>;
export type MessageItem = z.input<typeof MessageItem>;
export type FunctionCallItem = z.input<typeof FunctionCallItem>;
export type FileSearchCallItem = z.input<typeof FileSearchCallItem>;
export type FileCitation = z.input<typeof FileCitation>;
