import { parseDateTime } from '../../model/date_time.ts';
import { recordLabels } from '../records/index.ts';
import { flattenDocument } from './flatten.ts';

/** An Elasticsearch document as a log record. */
export interface LogDocument {
  /** Stream labels: name and value. */
  readonly labels: readonly (readonly [string, string])[];
  /** ns since the epoch; undefined when the document has no time of its own. */
  readonly timeNs: bigint | undefined;
  readonly line: string;
  /** Everything else under its dotted name, `_id` first when the sender chose one. */
  readonly attributes: readonly (readonly [string, string])[];
}

/** A document that cannot be a log record; the message is for the sender. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

/** Where the time of a document may be, the first that is there counts. */
const TIME_FIELDS = ['@timestamp', 'timestamp', 'time'] as const;
/** Where its line may be: ECS and Logstash, then what Fluentd and Fluent Bit send from containers, then loggers' own. */
const LINE_FIELDS = ['message', 'log', 'msg'] as const;

/**
 * Reads a document that goes to `index`. `source` is its JSON text, which is the line when no field is one.
 * Throws DocumentError.
 */
export function readDocument(
  document: Readonly<Record<string, unknown>>,
  source: string,
  index: string,
  id: string | undefined,
): LogDocument {
  const fields = new Map<string, string>();
  flattenDocument(document, (name, value) => fields.set(name, value));
  const timeField = TIME_FIELDS.find((name) => fields.has(name));
  const timeNs = timeField === undefined ? undefined : timeOf(timeField, fields.get(timeField) ?? '');
  if (timeNs !== undefined && timeField !== undefined) fields.delete(timeField);
  const lineField = LINE_FIELDS.find((name) => typeof document[name] === 'string');
  const labels = labelsOf(document, index);
  const attributes: (readonly [string, string])[] = id === undefined ? [] : [['_id', id]];
  const line = lineField === undefined ? source : (fields.get(lineField) ?? '');
  if (lineField !== undefined) fields.delete(lineField);
  // A document may not pass a field off as the id it was sent under.
  fields.delete('_id');
  return { labels, timeNs, line, attributes: [...attributes, ...fields] };
}

function timeOf(field: string, text: string): bigint | undefined {
  const timeNs = parseDateTime(text);
  // Only `@timestamp` is a time by its name; the others may be anything a program wrote.
  if (timeNs === undefined && field === '@timestamp')
    throw new DocumentError(`failed to parse field [@timestamp] of type [date]: ${JSON.stringify(text.slice(0, 64))}`);
  return timeNs;
}

/** Labels that name the program a document is from. */
const SERVICE_LABELS = ['service_name', 'service', 'app', 'application', 'component', 'container', 'job'];

function labelsOf(document: Readonly<Record<string, unknown>>, index: string): [string, string][] {
  const labels = recordLabels(document).set('index', index);
  // Without any name of a program the index is the best there is: `logstash-2026.11.22` is from `logstash`.
  if (!SERVICE_LABELS.some((name) => labels.has(name)))
    labels.set('service_name', index.replace(/[-_.]?\d[\d.-]*$/, '') || index);
  return [...labels];
}
