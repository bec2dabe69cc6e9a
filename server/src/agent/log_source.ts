import type { EncodedResource } from './log_batch.ts';
import type { LineGrouping } from './stack_traces.ts';

/** How the lines of a file are read. */
export interface LineFormat {
  /** Lines of a container runtime (CRI or Docker); else every line is its text. */
  readonly container: boolean;
  /** Undefined: lines are not joined. Made for each output stream. */
  readonly grouping: (() => LineGrouping) | undefined;
  /** Undefined: UTF-8. A label of the Encoding Standard, of an encoding in which a newline is one byte 0x0A. */
  readonly encoding: string | undefined;
}

/** What is known of the program that writes a file. */
export interface FileOrigin {
  readonly resource: EncodedResource;
  /** Whether records of an output stream are wanted. */
  readonly wants: (stream: string) => boolean;
}

/** Files that are read in the same way. */
export interface LogSource {
  readonly patterns: readonly string[];
  readonly exclude: readonly string[];
  readonly format: LineFormat;
  /** Of files not seen before, those found when the agent starts are read from their end. */
  readonly fromEnd: boolean;
  /**
   * Undefined: not known yet, and worth waiting for. Cheap: asked at every turn.
   * @param source the path as the pattern found it
   * @param path the same with symbolic links resolved
   */
  readonly originOf: (source: string, path: string) => FileOrigin | undefined;
}
