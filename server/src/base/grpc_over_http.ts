import { status } from '@grpc/grpc-js';
import { type GrpcCall, GrpcFailure } from './grpc_server.ts';
import type { HttpResponse } from './http.ts';
import type { IncomingHttp } from './http_server.ts';
import { ProtobufError } from './protobuf.ts';
import { decodeProtobuf, type ProtobufShape } from './protobuf_json.ts';

/** The members of a call's message. @throws GrpcFailure for bytes that are none */
export function messageFields(shape: ProtobufShape, { message }: GrpcCall): Readonly<Record<string, unknown>> {
  try {
    return decodeProtobuf(shape, message);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new GrpcFailure(status.INVALID_ARGUMENT, error.message);
  }
}

/**
 * Asks the same over HTTP as the same caller, and for protobuf: who may ask and how many queries run at once is decided in one
 * place. Rejects with GrpcFailure for every answer but 200.
 * @param path may have encoded parts
 * @param parameters empty ones and zeros are left out, as in proto3
 */
export async function askOverHttp(
  answer: (request: IncomingHttp) => Promise<HttpResponse>,
  { headers, signal }: GrpcCall,
  path: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<Uint8Array> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '' && value !== '0') query.set(name, String(value));
  const response = await answer({
    method: 'GET',
    path: decodeURIComponent(path),
    query,
    queryText: query.toString(),
    headers: { ...headers, accept: 'application/protobuf' },
    body: new Uint8Array(0),
    signal,
    remoteAddress: '',
  });
  const { body = '' } = response;
  if (response.status !== 200)
    throw new GrpcFailure(
      CODES[response.status] ?? status.INTERNAL,
      wordsOf(Buffer.from(body).toString('utf8').trim()),
    );
  return typeof body === 'string' ? Buffer.from(body) : body;
}

/** What an error says: the text, or the message of a gateway's JSON. */
function wordsOf(body: string): string {
  const [, words] = /^\{"error":\{"httpCode":\d+,"message":("(?:[^"\\]|\\.)*")\}\}$/.exec(body) ?? [];
  return words === undefined ? body : (JSON.parse(words) as string);
}

const CODES: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  422: status.RESOURCE_EXHAUSTED,
  429: status.RESOURCE_EXHAUSTED,
  499: status.CANCELLED,
  503: status.UNAVAILABLE,
};
