import type { TextEdit } from '../../../model/stages.ts';

/** The rules that are built in; the names are those of the configuration, the metrics and the API. */
export const BUILT_IN_RULES = ['card', 'cvv', 'password', 'token', 'private_key', 'email'] as const;
export type BuiltInRule = (typeof BUILT_IN_RULES)[number];

/** Something that has to be masked. */
export interface Finding extends TextEdit {
  readonly rule: string;
}

/** Where a finder writes what it found in bytes [start, end) of one row; returns whether that rule is in force. */
export type Found = (rule: BuiltInRule, start: number, end: number, replacement: Uint8Array) => boolean;

/** What stands for a secret. */
export const MASK: Uint8Array = Buffer.from('***');
