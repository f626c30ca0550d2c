import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';

const EXPORT_PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

export type OtlpReceiver = {
  readonly url: string;
  /** All that was received, as text; names and attributes stand in it as they are. */
  text(): string;
  close(): void;
};

/** A collector on loopback that takes traces over OTLP gRPC. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const received: Buffer[] = [];
  const server = new Server();
  const service = {
    export: {
      path: EXPORT_PATH,
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: Buffer) => value,
      requestDeserialize: (value: Buffer) => value,
      responseSerialize: (value: Buffer) => value,
      responseDeserialize: (value: Buffer) => value,
    },
  };
  server.addService(service, {
    export(call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) {
      received.push(call.request);
      reply(null, Buffer.alloc(0));
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    text: () => Buffer.concat(received).toString('latin1'),
    close: () => server.forceShutdown(),
  };
}
