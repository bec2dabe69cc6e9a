import { connect } from 'node:http2';

/** What a call over gRPC was answered with. */
export interface GrpcAnswer {
  /** The code of its end, `0` for OK. */
  readonly status: string;
  readonly messages: readonly Buffer[];
}

/** Calls a method with one message, over HTTP/2 as gRPC frames it. @param path `/package.Service/Method` */
export async function grpcCall(port: number, path: string, message: Uint8Array): Promise<GrpcAnswer> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([frame, message]));
    let status = '';
    // A call that fails at once has its status in the headers.
    for (const event of ['response', 'trailers'])
      stream.on(event, (headers: Record<string, unknown>) => {
        if (headers['grpc-status'] !== undefined) status = String(headers['grpc-status']);
      });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const messages: Buffer[] = [];
    for (let at = 0; at < body.length; at += 5 + body.readUInt32BE(at + 1))
      messages.push(body.subarray(at + 5, at + 5 + body.readUInt32BE(at + 1)));
    return { status, messages };
  } finally {
    session.close();
  }
}
