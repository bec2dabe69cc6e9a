import { CompactReader } from './compact_reader.ts';
import { type JaegerBatch, readBatch } from './read_thrift.ts';
import { THRIFT, ThriftError, ThriftReader, type ThriftSource } from './thrift_reader.ts';

const COMPACT = 0x82;

/**
 * Reads a call of `Agent.emitBatch` (jaeger-idl, agent.thrift), in Thrift's compact or binary protocol: the first byte says
 * which. Throws ThriftError.
 */
export function readAgentMessage(datagram: Uint8Array<ArrayBuffer>): JaegerBatch {
  const { name, reader } = datagram[0] === COMPACT ? compactCall(datagram) : binaryCall(datagram);
  if (name !== 'emitBatch') throw new ThriftError(`a call of ${JSON.stringify(name.slice(0, 64))}, not of emitBatch`);
  let batch: JaegerBatch | undefined;
  reader.struct((id, type) => {
    if (id !== 1 || type !== THRIFT.struct) return false;
    batch = readBatch(reader);
    return true;
  });
  if (batch === undefined) throw new ThriftError('a call without a batch');
  return batch;
}

interface AgentCall {
  readonly name: string;
  /** At the call's arguments. */
  readonly reader: ThriftSource;
}

/** Protocol, version and type, sequence number, name. */
function compactCall(datagram: Uint8Array<ArrayBuffer>): AgentCall {
  const reader = new CompactReader(datagram, 2);
  // As a varint it is not zigzag; that it is read as such does not matter, because nobody looks at it.
  reader.i64();
  return { name: reader.text(), reader };
}

/** Version and type, name, sequence number; old clients begin with the name and have the type after it. */
function binaryCall(datagram: Uint8Array<ArrayBuffer>): AgentCall {
  const reader = new ThriftReader(datagram);
  const isStrict = (datagram[0] ?? 0) >= 0x80;
  if (isStrict) reader.i32();
  const name = reader.text();
  if (!isStrict) reader.byte();
  reader.i32();
  return { name, reader };
}
