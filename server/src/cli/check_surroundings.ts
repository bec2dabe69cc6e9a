import type { MaskingSettings } from '../ingest/index.ts';

/** Where a check prints and reads. */
export interface CheckSurroundings {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly stdin: () => Uint8Array<ArrayBuffer>;
  /** The `masking` section of a configuration file, or of the one that a server started here would read. */
  readonly masking: (configFile: string | undefined) => MaskingSettings;
}
