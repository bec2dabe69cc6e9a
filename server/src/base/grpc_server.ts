import type { Duplex } from 'node:stream';
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type StatusObject,
  status,
} from '@grpc/grpc-js';

/** A call that ends with a status other than OK. */
export class GrpcFailure extends Error {
  override readonly name = 'GrpcFailure';
  readonly code: status;
  /** `google.rpc.Status` for clients that want to know more, as its bytes. */
  readonly details: Uint8Array | undefined;

  constructor(code: status, message: string, details?: Uint8Array) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** A call as it came: its message is not looked into yet. */
export interface GrpcCall {
  readonly message: Uint8Array<ArrayBuffer>;
  /** Text metadata, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

export interface GrpcMethod {
  /** `/package.Service/Method` */
  readonly path: string;
  /** Whether clients read a stream of answers; it is then one of a single message. */
  readonly streams: boolean;
  /** Answers with a message; rejects with GrpcFailure for what is to be told, anything else is answered as INTERNAL. */
  readonly handler: (call: GrpcCall) => Promise<Uint8Array>;
}

export interface GrpcServerOptions {
  readonly methods: readonly GrpcMethod[];
  /** Of one message, compressed or not, bytes. */
  readonly maxBytes: number;
  readonly onError: (error: unknown, path: string) => void;
}

/** gRPC without TLS on any number of addresses. */
export interface GrpcServer {
  /** Opens a port, 0 a free one, and returns it. Rejects when the address cannot be had. */
  listen(host: string, port: number): Promise<number>;
  /** Serves a connection that another listener took and that begins with HTTP/2's preface. */
  serve(connection: Duplex): void;
  /** Lets running calls finish for two seconds. */
  close(): Promise<void>;
}

const DRAIN_MS = 2_000;

export function createGrpcServer({ methods, maxBytes, onError }: GrpcServerOptions): GrpcServer {
  const server = new Server({
    'grpc.max_receive_message_length': maxBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': 100,
    'grpc.keepalive_time_ms': 120_000,
  });
  for (const method of methods)
    server.addService(definitionOf(method), {
      call: method.streams ? stream(method, onError) : unary(method, onError),
    });
  const credentials = ServerCredentials.createInsecure();
  const injector = server.createConnectionInjector(credentials);
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.bindAsync(`${host.includes(':') ? `[${host}]` : host}:${port}`, credentials, (error, bound) =>
          error === null ? resolve(bound) : reject(error),
        );
      }),
    serve: (connection) => injector.injectConnection(connection),
    close: () =>
      new Promise((resolve) => {
        injector.drain(DRAIN_MS);
        const timer = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, DRAIN_MS);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

/** Messages stay bytes: who answers decodes them. */
function definitionOf({ path, streams }: GrpcMethod): ServiceDefinition {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    call: {
      path,
      requestStream: false,
      responseStream: streams,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  };
}

type OnError = GrpcServerOptions['onError'];
type Failure = Partial<StatusObject> & Pick<StatusObject, 'code' | 'details'>;

interface Cancellable {
  readonly request: Buffer;
  readonly metadata: Metadata;
  on(event: 'cancelled', listener: () => void): unknown;
}

function unary({ path, handler }: GrpcMethod, onError: OnError): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    handler(callOf(call)).then(
      (message) => callback(null, Buffer.from(message)),
      (error: unknown) => callback(failureOf(error, path, onError)),
    );
  };
}

function stream({ path, handler }: GrpcMethod, onError: OnError): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    handler(callOf(call)).then(
      (message) => {
        call.write(Buffer.from(message));
        call.end();
      },
      (error: unknown) => call.emit('error', failureOf(error, path, onError)),
    );
  };
}

function callOf(call: Cancellable): GrpcCall {
  const left = new AbortController();
  call.on('cancelled', () => left.abort(new Error('client cancelled the call')));
  return { message: Uint8Array.from(call.request), headers: headersOf(call.metadata), signal: left.signal };
}

function headersOf(metadata: Metadata): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(metadata.getMap())) if (typeof value === 'string') headers[name] = value;
  return headers;
}

function failureOf(error: unknown, path: string, onError: OnError): Failure {
  if (!(error instanceof GrpcFailure)) {
    onError(error, path);
    return { code: status.INTERNAL, details: 'internal error' };
  }
  const { code, message, details } = error;
  if (details === undefined) return { code, details: message };
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(details));
  return { code, details: message, metadata };
}
