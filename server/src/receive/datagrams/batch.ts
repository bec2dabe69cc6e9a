/**
 * Messages on their way to the decode worker, one behind the other: two lengths (of the peer's address and of the
 * message, 32 bits little-endian), the address, the message.
 */
const HEADER_BYTES = 8;

/** A message as it was cut from the wire. */
export interface RawMessage {
  /** The sender's address. */
  readonly peer: string;
  readonly bytes: Uint8Array;
}

/** Bytes a message takes in a batch, about. */
export function batchBytes({ peer, bytes }: RawMessage): number {
  return HEADER_BYTES + peer.length + bytes.length;
}

export function writeBatch(messages: readonly RawMessage[]): Uint8Array<ArrayBuffer> {
  const peers = messages.map(({ peer }) => Buffer.from(peer));
  const size = messages.reduce((sum, { bytes }, i) => sum + HEADER_BYTES + (peers[i]?.length ?? 0) + bytes.length, 0);
  const batch = new Uint8Array(size);
  const view = new DataView(batch.buffer);
  let at = 0;
  for (const [i, { bytes }] of messages.entries()) {
    const peer = peers[i] ?? Buffer.alloc(0);
    view.setUint32(at, peer.length, true);
    view.setUint32(at + 4, bytes.length, true);
    batch.set(peer, at + HEADER_BYTES);
    batch.set(bytes, at + HEADER_BYTES + peer.length);
    at += HEADER_BYTES + peer.length + bytes.length;
  }
  return batch;
}

/** Walks what `writeBatch` made. */
export function eachMessage(
  batch: Uint8Array<ArrayBuffer>,
  take: (peer: string, start: number, end: number) => void,
): void {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  for (let at = 0; at + HEADER_BYTES <= batch.length; ) {
    const peerEnd = at + HEADER_BYTES + view.getUint32(at, true);
    const end = peerEnd + view.getUint32(at + 4, true);
    take(
      Buffer.from(batch.buffer, batch.byteOffset + at + HEADER_BYTES, peerEnd - at - HEADER_BYTES).toString('utf8'),
      peerEnd,
      end,
    );
    at = end;
  }
}
