/** Targets that a discovery found together, with the labels they share. */
export interface TargetGroup {
  /** Where the group comes from, unique within its discovery. */
  readonly source: string;
  /** Each with `__address__`. */
  readonly targets: readonly Readonly<Record<string, string>>[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Called with everything that is known now, each time it has changed, and once at the start when it can be told. */
export type Found = (groups: readonly TargetGroup[]) => void;

/** A running discovery. Its end is waited for. */
export interface Discovery {
  stop(): Promise<void>;
}

/** What discoveries need of their surroundings. */
export interface DiscoveryContext {
  readonly directory: string;
  readonly found: Found;
  /** Something failed; what was known before stays. */
  readonly failed: (reason: string) => void;
}

/** A label name out of any text: what does not fit becomes `_` (util/strutil.SanitizeLabelName). */
export function labelName(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}
