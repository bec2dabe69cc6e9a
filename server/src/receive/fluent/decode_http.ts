import { isJsonObject, JsonError, parseExactJson } from '../../base/json_input.ts';
import { MsgpackError } from '../../base/msgpack_scanner.ts';
import { type Decode, type DecodeContext, type Decoded, DecodeError } from '../../model/ingest.ts';
import { RecordSink, recordOf } from '../records/index.ts';
import { addEvent, decodeObject, eachObject } from './events.ts';
import { asJsonArray } from './json_sequence.ts';

/** What the request's address and headers say. */
export interface FluentHttpMeta {
  /** Fluent's tag; empty: none. */
  readonly tag: string;
}

/**
 * The body of Fluent Bit's `http` output in its formats `json`, `json_lines` and `json_stream`, and of Fluentd's: an array
 * of records, or records in a row. Throws DecodeError.
 */
export const decodeFluentJson: Decode = (body, context, meta): Decoded => {
  const sink = new RecordSink(context, body.length);
  const { tag } = meta as FluentHttpMeta;
  for (const value of valuesOf(body, context)) {
    if (isJsonObject(value)) sink.add(recordOf(value, { nowMs: context.nowMs, tag }));
    else sink.refuse('invalid_record', () => 'a record must be a JSON object');
  }
  return sink.decoded();
};

function valuesOf(body: Uint8Array<ArrayBuffer>, context: DecodeContext): readonly unknown[] {
  const { jsonDepth, elementsPerRequest } = context.limits;
  try {
    const values = parseExactJson(asJsonArray(body), { depth: jsonDepth, elements: elementsPerRequest });
    return Array.isArray(values) ? values : [];
  } catch (error) {
    if (error instanceof JsonError) throw new DecodeError('undecodable', error.message, { cause: error });
    throw error;
  }
}

/** The body of Fluent Bit's `http` output in the format `msgpack`: events in a row. Throws DecodeError. */
export const decodeFluentMsgpack: Decode = (body, context, meta): Decoded => {
  const sink = new RecordSink(context, body.length);
  const { tag } = meta as FluentHttpMeta;
  const chunk = { tag, nowMs: context.nowMs, resource: {} };
  try {
    eachObject(body, context.limits, (event) => addEvent(sink, decodeObject(event), chunk));
  } catch (error) {
    if (error instanceof MsgpackError) throw new DecodeError('undecodable', error.message, { cause: error });
    throw error;
  }
  return sink.decoded();
};
