import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { encodeProtobuf, type ProtobufJson, type ProtobufShape } from '../../base/protobuf_json.ts';

const PROTOBUF = 'application/protobuf';

/** Whether a client asks for protobuf; all others get JSON. */
export function wantsProtobuf({ headers }: HttpRequest): boolean {
  return (headers.accept ?? '').includes(PROTOBUF);
}

export function protobufResponse(body: Uint8Array<ArrayBuffer>): HttpResponse {
  return { status: 200, headers: { 'content-type': PROTOBUF }, body };
}

/** An answer in JSON, or as the message of a shape where that is accepted. */
export function answer(request: HttpRequest, shape: ProtobufShape, json: ProtobufJson): HttpResponse {
  return wantsProtobuf(request) ? protobufResponse(encodeProtobuf(shape, json)) : jsonResponse(200, json);
}
