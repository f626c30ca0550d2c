import { ANSWERING_NODE } from '../states/present-state.ts';
import { GRAPH_ID } from './assistant.ts';

const START = '__start__';
const END = '__end__';

/** What a client sees of how an assistant works: it is asked, and answers. */
export function drawGraph() {
  const node = (id: string, name: string) => ({ id, type: 'runnable', data: { id: [id], name } });
  const edge = (source: string, target: string) => ({ source, target, conditional: false });
  return {
    nodes: [node(START, START), node(ANSWERING_NODE, ANSWERING_NODE), node(END, END)],
    edges: [edge(START, ANSWERING_NODE), edge(ANSWERING_NODE, END)],
  };
}

/** The shapes of what an assistant takes and gives. */
export function describeGraph() {
  const message = {
    type: 'object',
    properties: {
      id: { type: 'string' },
      type: { type: 'string', enum: ['human', 'ai', 'system', 'tool'] },
      content: { type: 'string' },
    },
    required: ['type', 'content'],
  };
  const state = {
    title: 'State',
    type: 'object',
    properties: { messages: { type: 'array', items: message } },
    required: ['messages'],
  };
  const config = {
    title: 'Configurable',
    type: 'object',
    properties: { model: { type: 'string', description: 'Model that answers' } },
  };
  return {
    graph_id: GRAPH_ID,
    input_schema: { ...state, title: 'Input' },
    output_schema: { ...state, title: 'Output' },
    state_schema: state,
    config_schema: config,
    context_schema: { title: 'Context', type: 'object', properties: {} },
  } as const;
}
