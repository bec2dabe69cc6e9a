export { spanAnswer, spanEncoding, text } from './answer.ts';
export { decodeResources } from './decode_resources.ts';
export {
  CARRIER_TAGS,
  hexId,
  idOf,
  SPAN_KIND,
  type SpanAttribute,
  type SpanRecord,
  type SpanResource,
  type SpanValue,
  STATUS_CODE,
} from './span_record.ts';
