import { randomUUID } from 'node:crypto';
import type { ChatEvent } from '#modules/ai';
import type { AnswerEvent } from '#modules/chat';
import { presentCitation } from '../chat-completions/present-completion.ts';
import type {
  FileCitation,
  FileSearchCallItem,
  FunctionCallItem,
  MessageItem,
  OutputItem,
} from '../items/output-items.schemas.ts';

export type WireEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

type Citation = Extract<AnswerEvent, { readonly type: 'citation' }>['citation'];
type CallPiece = Extract<ChatEvent, { readonly type: 'tool-call-delta' }>;
type Ending = 'completed' | 'incomplete';
type OpenMessage = { readonly index: number; text: string; readonly annotations: FileCitation[] };
type OpenCall = { readonly index: number; item: FunctionCallItem };

/** Builds the items of a response's output, each told when it begins, as it grows, and when it is whole. */
export function createItemWriter() {
  const output: OutputItem[] = [];
  const calls = new Map<number, OpenCall>();
  let message: OpenMessage | undefined;

  function add(item: OutputItem): { readonly index: number; readonly event: WireEvent } {
    const index = output.push(item) - 1;
    return { index, event: { type: 'response.output_item.added', output_index: index, item } };
  }

  function done(index: number, item: OutputItem): WireEvent {
    output[index] = item;
    return { type: 'response.output_item.done', output_index: index, item };
  }

  function openMessage(): readonly WireEvent[] {
    if (message) return [];
    const { index, event } = add(messageItem(`msg_${randomUUID()}`, 'in_progress'));
    message = { index, text: '', annotations: [] };
    const part = outputText('', []);
    return [event, { type: 'response.content_part.added', ...placeOf(message), part }];
  }

  function placeOf({ index }: OpenMessage) {
    return { item_id: output[index]?.id, output_index: index, content_index: 0 };
  }

  function closeMessage(ending: Ending): readonly WireEvent[] {
    if (!message) return [];
    const { index, text, annotations } = message;
    const place = placeOf(message);
    const part = outputText(text, annotations);
    const item = messageItem(String(place.item_id), ending, part);
    message = undefined;
    return [
      { type: 'response.output_text.done', ...place, text, logprobs: [] },
      { type: 'response.content_part.done', ...place, part },
      done(index, item),
    ];
  }

  function closeCall({ index, item: open }: OpenCall, ending: Ending): readonly WireEvent[] {
    const item = { ...open, status: ending };
    const { id, name, arguments: args } = item;
    const place = { item_id: id, output_index: index };
    return [
      { type: 'response.function_call_arguments.done', ...place, name, arguments: args },
      done(index, item),
    ];
  }

  function openCall({ index: callIndex, id, name }: CallPiece): readonly WireEvent[] {
    if (calls.has(callIndex)) return [];
    const item: FunctionCallItem = {
      id: `fc_${randomUUID()}`,
      type: 'function_call',
      status: 'in_progress',
      arguments: '',
      call_id: id ?? '',
      name: name ?? '',
    };
    const { index, event } = add(item);
    calls.set(callIndex, { index, item });
    return [event];
  }

  return {
    output: (): readonly OutputItem[] => output,

    addText(delta: string): readonly WireEvent[] {
      const opening = openMessage();
      if (!message) return opening;
      message.text += delta;
      const place = placeOf(message);
      return [...opening, { type: 'response.output_text.delta', ...place, delta, logprobs: [] }];
    },

    cite(citation: Citation): readonly WireEvent[] {
      const opening = openMessage();
      if (!message) return opening;
      const { file_citation: cited, type } = presentCitation(citation, message.text.length);
      const annotation: FileCitation = { type, ...cited };
      const annotationIndex = message.annotations.push(annotation) - 1;
      const place = { ...placeOf(message), annotation_index: annotationIndex };
      return [...opening, { type: 'response.output_text.annotation.added', ...place, annotation }];
    },

    addCall(piece: CallPiece): readonly WireEvent[] {
      const opening = [...closeMessage('completed'), ...openCall(piece)];
      const call = calls.get(piece.index);
      if (!call || piece.arguments === '') return opening;
      const { item, index } = call;
      call.item = { ...item, arguments: item.arguments + piece.arguments };
      const place = { item_id: item.id, output_index: index };
      const delta = piece.arguments;
      return [...opening, { type: 'response.function_call_arguments.delta', ...place, delta }];
    },

    /** A search that was made before the answer. */
    addSearch(id: string, query: string): readonly WireEvent[] {
      const call: FileSearchCallItem = {
        id,
        type: 'file_search_call',
        status: 'in_progress',
        queries: [query],
        results: null,
      };
      const { index, event } = add(call);
      const steps = ['in_progress', 'searching', 'completed'].map((step) => ({
        type: `response.file_search_call.${step}`,
        item_id: id,
        output_index: index,
      }));
      return [event, ...steps, done(index, { ...call, status: 'completed' })];
    },

    close(ending: Ending): readonly WireEvent[] {
      const closing = [
        ...closeMessage(ending),
        ...[...calls.values()].flatMap((call) => closeCall(call, ending)),
      ];
      calls.clear();
      return closing;
    },
  };
}

function outputText(text: string, annotations: readonly FileCitation[]) {
  return { type: 'output_text' as const, text, annotations: [...annotations], logprobs: [] };
}

function messageItem(
  id: string,
  status: MessageItem['status'],
  ...content: MessageItem['content']
): MessageItem {
  return { id, type: 'message', role: 'assistant', status, content };
}
