import * as v from 'valibot';
import { epochMs } from './units.ts';

/** What kind of change it was. */
const changeKinds = ['deploy', 'rollback', 'config', 'flag', 'other'] as const;
export const changeKind = v.picklist(changeKinds);
export type ChangeKind = v.InferOutput<typeof changeKind>;

const text = v.pipe(v.string(), v.maxLength(256));
const link = v.pipe(v.string(), v.maxLength(2048), v.regex(/^https?:\/\//, 'must be an http(s) address'));

/** Something that changed at a moment: a deploy, a flag. Drawn as a marker on every graph of its service. */
export const change = v.object({
  /** Stable: the same change told again, say with its end, is the same one. */
  id: text,
  timeMs: epochMs,
  /** When it was done; null while it goes on or when nobody said. */
  endMs: v.nullable(epochMs),
  /** Empty: it concerns every service. */
  service: text,
  environment: text,
  kind: changeKind,
  title: text,
  /** A version, a tag or a branch. */
  version: text,
  commit: text,
  /** Where to read on; empty when there is nowhere. */
  url: v.union([v.literal(''), link]),
  author: text,
});
export type Change = v.InferOutput<typeof change>;

/** `GET /api/changes?from=<ms>&to=<ms>&service=<name>`: the changes of a range, oldest first; with a service also those that concern every one. */
export const changesAnswer = v.object({ changes: v.array(change) });
export type ChangesAnswer = v.InferOutput<typeof changesAnswer>;

/** The body of `POST /api/changes`; everything but a title may be left out. Answered with the change as it is kept. */
export const changeRequest = v.strictObject({
  id: v.optional(v.pipe(text, v.minLength(1))),
  /** Default: now. */
  timeMs: v.optional(epochMs),
  endMs: v.optional(v.nullable(epochMs), null),
  service: v.optional(text, ''),
  environment: v.optional(text, ''),
  kind: v.optional(changeKind, 'deploy'),
  title: v.pipe(text, v.minLength(1)),
  version: v.optional(text, ''),
  commit: v.optional(text, ''),
  url: v.optional(v.union([v.literal(''), link]), ''),
  author: v.optional(text, ''),
});
export type ChangeRequest = v.InferInput<typeof changeRequest>;
