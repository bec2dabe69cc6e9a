import type { HeldAlert } from '../../alerting/index.ts';
import type { HttpResponse } from '../../base/http.ts';
import { JsonWriter } from '../../base/json_writer.ts';
import type { Labels } from '../../model/labels.ts';

/** What keeps an alert from being told. */
export interface AlertStatus {
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

/** An answer that is a list. @param write writes one item */
export function listResponse<Item>(
  items: readonly Item[],
  write: (json: JsonWriter, item: Item) => void,
): HttpResponse {
  const json = new JsonWriter();
  json.raw('[');
  writeList(json, items, write);
  json.raw(']');
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { status: 200, headers, body: json.bytes() };
}

/** Items with commas in between. */
export function writeList<Item>(
  json: JsonWriter,
  items: readonly Item[],
  write: (json: JsonWriter, item: Item) => void,
): void {
  for (const [i, item] of items.entries()) {
    if (i > 0) json.raw(',');
    write(json, item);
  }
}

/** An alert as the API shows it (gettableAlert of the specification). */
export function writeAlert(
  json: JsonWriter,
  alert: HeldAlert,
  { silencedBy, inhibitedBy }: AlertStatus,
  receivers: readonly string[],
  mutedBy: readonly string[],
): void {
  json.raw('{"annotations":');
  writeLabels(json, alert.annotations);
  json.raw(',"endsAt":');
  json.raw(timeJson(alert.endsAtMs));
  json.raw(',"fingerprint":');
  json.text(alert.fingerprint);
  json.raw(',"receivers":[');
  writeList(json, receivers, writeReceiver);
  json.raw('],"startsAt":');
  json.raw(timeJson(alert.startsAtMs));
  json.raw(',"status":{"inhibitedBy":[');
  writeList(json, inhibitedBy, writeText);
  json.raw('],"mutedBy":[');
  writeList(json, mutedBy, writeText);
  json.raw('],"silencedBy":[');
  writeList(json, silencedBy, writeText);
  const isHeld = silencedBy.length + inhibitedBy.length + mutedBy.length > 0;
  json.raw(isHeld ? '],"state":"suppressed"},"updatedAt":' : '],"state":"active"},"updatedAt":');
  json.raw(timeJson(alert.updatedAtMs));
  if (alert.generatorUrl !== '') {
    json.raw(',"generatorURL":');
    json.text(alert.generatorUrl);
  }
  json.raw(',"labels":');
  writeLabels(json, alert.labels);
  json.raw('}');
}

/** A label set as an object. */
export function writeLabels(json: JsonWriter, labels: Labels): void {
  json.raw('{');
  for (let i = 0; i < labels.length; i += 2) {
    if (i > 0) json.raw(',');
    json.text(labels[i] ?? '');
    json.raw(':');
    json.text(labels[i + 1] ?? '');
  }
  json.raw('}');
}

export function writeReceiver(json: JsonWriter, name: string): void {
  json.raw('{"name":');
  json.text(name);
  json.raw('}');
}

const writeText = (json: JsonWriter, text: string): void => json.text(text);

const REMEMBERED_TIMES = 1000;
const times = new Map<number, string>();

/** RFC 3339; many alerts have few times. */
function timeJson(timeMs: number): string {
  const known = times.get(timeMs);
  if (known !== undefined) return known;
  if (times.size >= REMEMBERED_TIMES) times.clear();
  const text = `"${new Date(timeMs).toISOString()}"`;
  times.set(timeMs, text);
  return text;
}
