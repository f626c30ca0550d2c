/** As much of ONNX as a graph of a few nodes needs, written by hand in the wire format of protocol buffers. */
export type OnnxGraph = {
  readonly nodes: readonly OnnxNode[];
  readonly weights: readonly OnnxWeights[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
};

type OnnxNode = {
  readonly operator: 'Gather' | 'ReduceSum';
  readonly inputs: readonly string[];
  readonly output: string;
  /** Of a ReduceSum, over which dimensions. */
  readonly axes?: readonly number[];
};
type OnnxWeights = {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly values: readonly number[];
};
type OnnxValue = {
  readonly name: string;
  readonly type: 'float' | 'int64';
  /** Names for what varies. */
  readonly dimensions: readonly (number | string)[];
};

const IR_VERSION = 7;
const OPERATORS_VERSION = 12;
const ELEMENT_TYPES = { float: 1, int64: 7 };
const ATTRIBUTE_TYPE_INTS = 7;
const WIRE_BYTES = 2;
const SEVEN_BITS = 0x7f;
const MORE = 0x80;
const FLOAT_BYTES = 4;

export function writeOnnx({ nodes, weights, inputs, outputs }: OnnxGraph): Buffer {
  const graph = Buffer.concat([
    ...nodes.map((node) => bytes(1, writeNode(node))),
    string(2, 'tiny'),
    ...weights.map((tensor) => bytes(5, writeWeights(tensor))),
    ...inputs.map((value) => bytes(11, writeValue(value))),
    ...outputs.map((value) => bytes(12, writeValue(value))),
  ]);
  const operators = Buffer.concat([string(1, ''), number(2, OPERATORS_VERSION)]);
  return Buffer.concat([number(1, IR_VERSION), bytes(7, graph), bytes(8, operators)]);
}

function writeNode({ operator, inputs, output, axes }: OnnxNode): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => string(1, name)),
    string(2, output),
    string(3, output),
    string(4, operator),
    ...(axes ? [bytes(5, writeAxes(axes)), bytes(5, writeKeepDimensions())] : []),
  ]);
}

function writeAxes(axes: readonly number[]): Buffer {
  const values = axes.map((axis) => number(8, axis));
  return Buffer.concat([string(1, 'axes'), ...values, number(20, ATTRIBUTE_TYPE_INTS)]);
}

function writeKeepDimensions(): Buffer {
  return Buffer.concat([string(1, 'keepdims'), number(3, 0), number(20, 2)]);
}

function writeWeights({ name, dimensions, values }: OnnxWeights): Buffer {
  const raw = Buffer.alloc(values.length * FLOAT_BYTES);
  for (const [index, value] of values.entries()) raw.writeFloatLE(value, index * FLOAT_BYTES);
  return Buffer.concat([
    ...dimensions.map((size) => number(1, size)),
    number(2, ELEMENT_TYPES.float),
    string(8, name),
    bytes(9, raw),
  ]);
}

function writeValue({ name, type, dimensions }: OnnxValue): Buffer {
  const shape = dimensions.map((size) =>
    bytes(1, typeof size === 'number' ? number(1, size) : string(2, size)),
  );
  const tensor = Buffer.concat([number(1, ELEMENT_TYPES[type]), bytes(2, Buffer.concat(shape))]);
  return Buffer.concat([string(1, name), bytes(2, bytes(1, tensor))]);
}

function number(field: number, value: number): Buffer {
  return Buffer.from([...varint(field << 3), ...varint(value)]);
}

function string(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}

function bytes(field: number, value: Buffer): Buffer {
  const head = Buffer.from([...varint((field << 3) | WIRE_BYTES), ...varint(value.length)]);
  return Buffer.concat([head, value]);
}

function varint(value: number): readonly number[] {
  const rest = Math.floor(value / MORE);
  return rest === 0 ? [value] : [(value & SEVEN_BITS) | MORE, ...varint(rest)];
}
