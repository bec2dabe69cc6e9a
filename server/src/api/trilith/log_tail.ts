import type { LogTailFrame } from '@trilith/contract';
import type { TailFrame } from '../../query/index.ts';
import { linesAnswer } from './log_lines.ts';

/** A frame of `/api/logs/tail`. */
export function encodeLogTailFrame({ lines, dropped }: TailFrame): string {
  return JSON.stringify({ ...linesAnswer(lines), dropped } satisfies LogTailFrame);
}
