import { isJsonObject, JsonError, parseJson } from '../../base/json_input.ts';
import { ProtobufError } from '../../base/protobuf.ts';
import { type Decode, type DecodeContext, type Decoded, DecodeError } from '../../model/ingest.ts';
import { Rejections } from '../../model/rejections.ts';
import { decodeResources, type SpanRecord } from '../spans/index.ts';
import { readFirstModelSpan, readSpan } from './read_json.ts';
import { readListOfSpans } from './read_protobuf.ts';
import { resourcesOf, spanOf, type ZipkinSpan, ZipkinSpanError } from './zipkin_span.ts';

/** `/api/v2/spans` as JSON. Throws DecodeError. */
export const decodeZipkinJson: Decode = (body, context) => store(jsonSpans(body, context).map(readSpan), context);

/** `/api/v1/spans` as JSON. Throws DecodeError. */
export const decodeZipkinFirstJson: Decode = (body, context) =>
  store(jsonSpans(body, context).flatMap(readFirstModelSpan), context);

/** `/api/v2/spans` as protobuf. Throws DecodeError. */
export const decodeZipkinProtobuf: Decode = (body, context) => {
  try {
    return store(readListOfSpans(body), context);
  } catch (error) {
    if (error instanceof ProtobufError) throw new DecodeError('undecodable', error.message, { cause: error });
    throw error;
  }
};

function jsonSpans(body: Uint8Array<ArrayBuffer>, { limits }: DecodeContext): Readonly<Record<string, unknown>>[] {
  let parsed: unknown;
  try {
    parsed = parseJson(body, { depth: limits.jsonDepth, elements: limits.elementsPerRequest });
  } catch (error) {
    if (error instanceof JsonError) throw new DecodeError('undecodable', error.message, { cause: error });
    throw error;
  }
  if (!Array.isArray(parsed)) throw new DecodeError('undecodable', 'a list of spans was expected');
  return parsed.map((span: unknown) => {
    if (isJsonObject(span)) return span;
    throw new DecodeError('undecodable', 'every element of the list must be a span');
  });
}

function store(spans: Iterable<ZipkinSpan>, context: DecodeContext): Decoded {
  const refused = new Rejections();
  const kept: { readonly service: string; readonly span: SpanRecord }[] = [];
  for (const span of spans) {
    if (kept.length >= context.limits.recordsPerRequest)
      throw new DecodeError('too-large', `more than ${context.limits.recordsPerRequest} spans in one request`);
    try {
      kept.push({ service: span.localEndpoint.serviceName, span: spanOf(span) });
    } catch (error) {
      if (!(error instanceof ZipkinSpanError)) throw error;
      refused.add('invalid_record', 1, () => error.message);
    }
  }
  return decodeResources(resourcesOf(kept), refused, context);
}
