import type { ProtobufReader } from '../../base/protobuf.ts';
import { AttributeSet } from '../../store/index.ts';
import { Ranges, readAttributeSet } from './common.ts';
import { countElement, countRecord, type Usage } from './usage.ts';

/**
 * The frame all three signals share: Resource*, Scope* (common.v1, resource.v1). In each, field 1 describes what the
 * records of field 2 have in common; fields may come in any order, so field 1 is looked for first.
 */

/** A range of the request. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A scope's name, version, attributes and schema URL; the texts are ranges of the request. */
export interface Scope {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly versionStart: number;
  readonly versionEnd: number;
  readonly attributes: AttributeSet;
  readonly schemaUrl: TextRange;
}

/** Calls `visit` for every message of field 2 in [position, end), the reader bounded to it; returns behind the last. */
export function eachMessage(reader: ProtobufReader, tag: number, visit: () => void): void {
  while (!reader.done) {
    const found = reader.tag();
    if (found !== tag) {
      reader.skip(found);
      continue;
    }
    const outerEnd = reader.end;
    const end = reader.lengthEnd();
    reader.end = end;
    visit();
    reader.end = outerEnd;
    reader.position = end;
  }
}

/**
 * Reads something of an outer message [start, end) from within an inner one, and returns to it. Resources and scopes are
 * read at their first record, so that a request of nothing but empty ones costs next to nothing.
 */
function inOuter<T>(reader: ProtobufReader, start: number, end: number, read: () => T): T {
  const { position, end: innerEnd } = reader;
  reader.position = start;
  reader.end = end;
  const result = read();
  reader.position = position;
  reader.end = innerEnd;
  return result;
}

/**
 * Calls `visit` for every record of the Resource* message the reader is in, bounded to it, with what `resourceOf` made of
 * the resource and with the scope. Counts records, and resources and scopes that have none.
 */
export function eachRecord<Resource>(
  reader: ProtobufReader,
  usage: Usage,
  scopeAttributes: AttributeSet,
  resourceOf: () => Resource,
  visit: (resource: Resource, scope: Scope) => void,
): void {
  const { position: start, end } = reader;
  let resource: Resource | undefined;
  eachMessage(reader, 0x12, () => {
    const { position: scopeStart, end: scopeEnd } = reader;
    let scope: Scope | undefined;
    eachMessage(reader, 0x12, () => {
      countRecord(usage);
      resource ??= inOuter(reader, start, end, resourceOf);
      scope ??= inOuter(reader, scopeStart, scopeEnd, () => readScope(reader, usage, scopeAttributes));
      visit(resource, scope);
    });
    if (scope === undefined) countElement(usage);
  });
  if (resource === undefined) countElement(usage);
}

/** Where attributes are, while a resource or scope is read; neither is read inside the other. */
const attributes = new Ranges();

/** The attributes of field 1 of the message the reader is in, which is left where it was. Fills and returns `set`. */
export function readResource(
  reader: ProtobufReader,
  usage: Usage,
  set: AttributeSet = new AttributeSet(),
): AttributeSet {
  countElement(usage);
  set.clear();
  attributes.count = 0;
  let dropped = 0;
  const start = reader.position;
  eachMessage(reader, 0x0a, () => {
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x0a) attributes.read(reader);
      else if (tag === 0x10) dropped = reader.varint32();
      else reader.skip(tag);
    }
  });
  reader.position = start;
  readAttributeSet(reader, attributes, dropped, set, usage);
  reader.position = start;
  return set;
}

/** The schema URL (field 3 of Resource* and Scope*) of the message the reader is in, which is left where it was. */
export function readSchemaUrl(reader: ProtobufReader): TextRange {
  const start = reader.position;
  let url: TextRange = { start, end: start };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== 0x1a) {
      reader.skip(tag);
      continue;
    }
    const end = reader.lengthEnd();
    url = { start: reader.position, end };
    reader.position = end;
  }
  reader.position = start;
  return url;
}

/** The InstrumentationScope in field 1 of the message the reader is in, which is left where it was. Fills `set`. */
export function readScope(reader: ProtobufReader, usage: Usage, set: AttributeSet): Scope {
  countElement(usage);
  set.clear();
  attributes.count = 0;
  const schemaUrl = readSchemaUrl(reader);
  const scope = { nameStart: 0, nameEnd: 0, versionStart: 0, versionEnd: 0, attributes: set, schemaUrl };
  let dropped = 0;
  const start = reader.position;
  eachMessage(reader, 0x0a, () => {
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x0a) {
        scope.nameEnd = reader.lengthEnd();
        scope.nameStart = reader.position;
        reader.position = scope.nameEnd;
      } else if (tag === 0x12) {
        scope.versionEnd = reader.lengthEnd();
        scope.versionStart = reader.position;
        reader.position = scope.versionEnd;
      } else if (tag === 0x1a) attributes.read(reader);
      else if (tag === 0x20) dropped = reader.varint32();
      else reader.skip(tag);
    }
  });
  reader.position = start;
  readAttributeSet(reader, attributes, dropped, set, usage);
  reader.position = start;
  return scope;
}
