/** How mails name the picture they carry: `cid:` before it is its address inside the mail. */
export const GRAPH_CID = 'graph@trilith';

export const EVIDENCE_PIECES = ['graph', 'log_lines', 'patterns', 'changes', 'trace'] as const;
export type EvidencePiece = (typeof EVIDENCE_PIECES)[number];

/** What a notification carries beside its alerts, so that whoever is woken need not look for it. */
export interface Evidence {
  /** A picture of the expression over the last hour; empty when there is none. */
  readonly graphUrl: string;
  /** The picture itself, for what is sent with its own attachments. */
  readonly graphPng: Uint8Array | undefined;
  /** The rule's expression, and what it was compared with. */
  readonly expression: string;
  /** The latest lines of the service at error level and above, newest first. */
  readonly logLines: readonly EvidenceLine[];
  readonly logsUrl: string;
  /** A trace that shows the fault; empty when none was found. */
  readonly traceId: string;
  readonly traceUrl: string;
  /** Patterns of errors that were not there an hour before. */
  readonly newPatterns: readonly string[];
  readonly changes: readonly EvidenceChange[];
  readonly runbookUrl: string;
  /** Pieces that were not found in time. */
  readonly late: readonly EvidencePiece[];
}

export interface EvidenceLine {
  readonly timeMs: number;
  readonly level: string;
  readonly text: string;
}

/** A deployment or another change shortly before. */
export interface EvidenceChange {
  readonly timeMs: number;
  readonly title: string;
  readonly url: string;
}

export const NO_EVIDENCE: Evidence = {
  graphUrl: '',
  graphPng: undefined,
  expression: '',
  logLines: [],
  logsUrl: '',
  traceId: '',
  traceUrl: '',
  newPatterns: [],
  changes: [],
  runbookUrl: '',
  late: [],
};
