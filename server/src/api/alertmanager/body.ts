import type { SilenceRequest, ToldAlert } from '../../alerting/index.ts';
import { type Labels, labelsFrom, type Matcher } from '../../model/labels.ts';
import { InvalidRequest } from './errors.ts';

/** Alerts in one request, and characters of one name or value. */
const MAX_ALERTS = 100_000;
const MAX_TEXT = 65_536;

type Fields = Readonly<Record<string, unknown>>;

/** Throws InvalidRequest. */
function parsed(body: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidRequest(400, `parsing ${what} body from "" failed, because ${reason}`);
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldsOf(value: unknown, where: string): Fields {
  if (!isFields(value)) throw new InvalidRequest(422, `${where} in body must be of type object`);
  return value;
}

function textOf(fields: Fields, name: string, where: string): string {
  const value = fields[name];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new InvalidRequest(422, `${where}.${name} in body must be of type string`);
  if (value.length > MAX_TEXT) throw new InvalidRequest(422, `${where}.${name} in body is too long`);
  return value;
}

function labelsOf(value: unknown, where: string): Labels {
  if (value === undefined || value === null) return [];
  const fields = fieldsOf(value, where);
  return labelsFrom(Object.keys(fields).map((name) => [name, textOf(fields, name, where)] as const));
}

/** A time, ms; undefined for none and for Go's zero time. */
function timeOf(fields: Fields, name: string, where: string): number | undefined {
  const written = textOf(fields, name, where);
  if (written === '') return undefined;
  const timeMs = /^\d{4}-\d\d-\d\d/.test(written) ? Date.parse(written) : Number.NaN;
  if (Number.isNaN(timeMs))
    throw new InvalidRequest(422, `${where}.${name} in body must be of type date-time: ${JSON.stringify(written)}`);
  return new Date(timeMs).getUTCFullYear() <= 1 ? undefined : timeMs;
}

/** The body of `POST /alerts`. Throws InvalidRequest. */
export function readAlerts(body: Uint8Array): ToldAlert[] {
  const all = parsed(body, 'alerts');
  if (!Array.isArray(all)) throw new InvalidRequest(422, 'alerts in body must be of type array');
  if (all.length > MAX_ALERTS) throw new InvalidRequest(422, `alerts in body should have at most ${MAX_ALERTS} items`);
  return all.map((item: unknown, i) => {
    const where = String(i);
    const fields = fieldsOf(item, where);
    if (fields.labels === undefined) throw new InvalidRequest(422, `${where}.labels in body is required`);
    return {
      labels: labelsOf(fields.labels, `${where}.labels`),
      annotations: labelsOf(fields.annotations, `${where}.annotations`),
      startsAtMs: timeOf(fields, 'startsAt', where),
      endsAtMs: timeOf(fields, 'endsAt', where),
      generatorUrl: textOf(fields, 'generatorURL', where),
    };
  });
}

/** The body of `POST /silences`. Throws InvalidRequest. */
export function readSilence(body: Uint8Array): SilenceRequest {
  const fields = fieldsOf(parsed(body, 'silence'), 'silence');
  for (const name of ['comment', 'createdBy', 'endsAt', 'matchers', 'startsAt'])
    if (fields[name] === undefined || fields[name] === null)
      throw new InvalidRequest(422, `${name} in body is required`);
  const { matchers } = fields;
  if (!Array.isArray(matchers)) throw new InvalidRequest(422, 'matchers in body must be of type array');
  if (matchers.length === 0) throw new InvalidRequest(422, 'matchers in body should have at least 1 items');
  const annotations = labelsOf(fields.annotations, 'annotations');
  const pairs: Record<string, string> = Object.create(null);
  for (let i = 0; i < annotations.length; i += 2) pairs[annotations[i] ?? ''] = annotations[i + 1] ?? '';
  return {
    id: textOf(fields, 'id', 'silence'),
    matchers: matchers.map((item: unknown, i) => readMatcher(item, `matchers.${i}`)),
    // Go's zero time begins now.
    startsAtMs: timeOf(fields, 'startsAt', 'silence') ?? 0,
    endsAtMs: timeOf(fields, 'endsAt', 'silence') ?? 0,
    createdBy: textOf(fields, 'createdBy', 'silence'),
    comment: textOf(fields, 'comment', 'silence'),
    annotations: pairs,
  };
}

function readMatcher(value: unknown, where: string): Matcher {
  const fields = fieldsOf(value, where);
  for (const name of ['name', 'value', 'isRegex'])
    if (fields[name] === undefined) throw new InvalidRequest(422, `${where}.${name} in body is required`);
  const isEqual = fields.isEqual !== false;
  const isRegex = fields.isRegex === true;
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
  return { name: textOf(fields, 'name', where), operator, value: textOf(fields, 'value', where) };
}
