import * as v from 'valibot';
import { attributes, count, epochMs } from './units.ts';

/** The runbook of a rule or an alert. */
export const runbookLink = v.object({
  /** A page of ours (`/runbooks/…`) or an http(s) address; empty where what is named leads nowhere. */
  href: v.string(),
  /** The runbook of the folder; empty for a page elsewhere. */
  name: v.string(),
  /** The runbook's title, or what the annotation says. */
  title: v.string(),
  /** An annotation names it, its front matter names the alert, or its file is named as the alert is. */
  by: v.picklist(['annotation', 'front_matter', 'file_name']),
  /** Null where that was not asked yet. */
  opens: v.nullable(v.boolean()),
  /** Why it does not open; else empty. */
  error: v.string(),
});
export type RunbookLink = v.InferOutput<typeof runbookLink>;

/** `GET /api/alerts/runbooks`: by fingerprint, the alerts that have one. */
export const alertRunbooksAnswer = v.object({
  links: v.record(v.string(), runbookLink),
  /** True when there are more alerts than were looked at. */
  partial: v.boolean(),
});
export type AlertRunbooksAnswer = v.InferOutput<typeof alertRunbooksAnswer>;

/** Something in a runbook that will fail whoever reads it. */
export const runbookProblem = v.object({
  kind: v.picklist(['front_matter', 'link', 'query', 'file']),
  /** Counted from 1; 0 for the whole file. */
  line: count,
  /** The link or the query; may be empty. */
  subject: v.string(),
  text: v.string(),
});
export type RunbookProblem = v.InferOutput<typeof runbookProblem>;

const ruleIdentity = v.object({ file: v.string(), group: v.string(), rule: v.string() });

const runbookSummary = v.object({
  /** Its path in the folder without `.md`: `payments/high-error-rate`. */
  name: v.string(),
  title: v.string(),
  changedMs: epochMs,
  /** Live queries in it. */
  queries: count,
  /** Alerting rules that lead to it. */
  rules: v.array(ruleIdentity),
  problems: v.array(runbookProblem),
});
export type RunbookSummary = v.InferOutput<typeof runbookSummary>;

/** `GET /api/runbooks`. */
export const runbooksAnswer = v.object({
  /** Whether a folder is configured. */
  configured: v.boolean(),
  /** Why the folder cannot be read; else empty. */
  problem: v.string(),
  runbooks: v.array(runbookSummary),
  /** Every alerting rule; `runbook` is null where it has none. */
  rules: v.array(v.object({ rule: ruleIdentity, severity: v.string(), runbook: v.nullable(runbookLink) })),
  links: v.object({
    /** When the last round over links to elsewhere ended; null before the first. */
    checkedMs: v.nullable(epochMs),
    /** Different addresses elsewhere. */
    total: count,
    dead: count,
  }),
});
export type RunbooksAnswer = v.InferOutput<typeof runbooksAnswer>;

/** A piece of running text. Links and images are checked: what is here may be followed. */
export type RunbookInline =
  | { kind: 'text' | 'code'; text: string }
  | { kind: 'strong' | 'emphasis' | 'strike'; children: RunbookInline[] }
  /** `href`: http(s), mailto, `#heading`, or a page of ours beginning with `/`. */
  | { kind: 'link'; href: string; children: RunbookInline[] }
  | { kind: 'image'; src: string; alt: string }
  | { kind: 'break' };

const inline: v.GenericSchema<RunbookInline> = v.lazy(() =>
  v.variant('kind', [
    v.object({ kind: v.picklist(['text', 'code']), text: v.string() }),
    v.object({ kind: v.picklist(['strong', 'emphasis', 'strike']), children: v.array(inline) }),
    v.object({ kind: v.literal('link'), href: v.string(), children: v.array(inline) }),
    v.object({ kind: v.literal('image'), src: v.string(), alt: v.string() }),
    v.object({ kind: v.literal('break') }),
  ]),
);

const queryLanguage = v.picklist(['promql', 'logql', 'traceql']);

/** A query that the page asks. */
const liveQuery = v.object({
  kind: v.literal('query'),
  language: queryLanguage,
  /** What is above it; may be empty. */
  title: v.string(),
  /** With the values of labels in it, as far as they are known. */
  query: v.string(),
  view: v.picklist(['graph', 'table', 'lines', 'traces']),
  /** Labels that it needs and that have no value: it cannot be asked. */
  missing: v.array(v.string()),
  /** Why it cannot be asked at all; else empty. */
  problem: v.string(),
});
export type RunbookQuery = v.InferOutput<typeof liveQuery>;

/** A piece of a runbook. */
export type RunbookBlock =
  | { kind: 'heading'; level: number; id: string; children: RunbookInline[] }
  | { kind: 'paragraph'; children: RunbookInline[] }
  | { kind: 'quote'; children: RunbookBlock[] }
  | { kind: 'list'; ordered: boolean; start: number; items: RunbookListItem[] }
  | { kind: 'code'; language: string; text: string }
  | RunbookQuery
  | { kind: 'table'; align: RunbookAlign[]; head: RunbookInline[][]; rows: RunbookInline[][][] }
  | { kind: 'rule' };
export type RunbookAlign = 'left' | 'center' | 'right' | null;
export interface RunbookListItem {
  /** Null where it is no task. */
  checked: boolean | null;
  children: RunbookBlock[];
}

const inlines = v.array(inline);
const block: v.GenericSchema<RunbookBlock> = v.lazy(() =>
  v.variant('kind', [
    v.object({ kind: v.literal('heading'), level: v.number(), id: v.string(), children: inlines }),
    v.object({ kind: v.literal('paragraph'), children: inlines }),
    v.object({ kind: v.literal('quote'), children: v.array(block) }),
    v.object({
      kind: v.literal('list'),
      ordered: v.boolean(),
      start: v.number(),
      items: v.array(v.object({ checked: v.nullable(v.boolean()), children: v.array(block) })),
    }),
    v.object({ kind: v.literal('code'), language: v.string(), text: v.string() }),
    liveQuery,
    v.object({
      kind: v.literal('table'),
      align: v.array(v.nullable(v.picklist(['left', 'center', 'right']))),
      head: v.array(inlines),
      rows: v.array(v.array(inlines)),
    }),
    v.object({ kind: v.literal('rule') }),
  ]),
);

/**
 * `GET /api/runbooks/NAME`; with `alert=FINGERPRINT` the labels of that alert stand in its queries, and `label.NAME=VALUE`
 * gives or replaces one.
 */
export const runbookAnswer = v.object({
  name: v.string(),
  title: v.string(),
  changedMs: epochMs,
  blocks: v.array(block),
  /** Labels its queries need, and the values that stand in them; null for none. */
  labels: v.record(v.string(), v.nullable(v.string())),
  /** The alert it was opened from; null where none was named or nothing is known of it any more. */
  alert: v.nullable(
    v.object({
      fingerprint: v.string(),
      labels: attributes,
      annotations: attributes,
      startsAtMs: epochMs,
      firing: v.boolean(),
    }),
  ),
  rules: v.array(ruleIdentity),
  problems: v.array(runbookProblem),
});
export type RunbookAnswer = v.InferOutput<typeof runbookAnswer>;
