import { byteLength } from './bytes.ts';
import { type Functions, MAX_OUTPUT, type RenderNamed } from './function_type.ts';
import type { HtmlPlace } from './html_place.ts';
import type { TemplateBody } from './tree.ts';
import { TemplateError, type Value } from './value.ts';

/** What a rendering may take. */
export interface RenderBudget {
  /** Nodes and operands looked at. */
  readonly steps: number;
  /** Of the text it makes, UTF-16 units. */
  readonly output: number;
}

export const DEFAULT_BUDGET: RenderBudget = { steps: 100_000, output: MAX_OUTPUT };

/** One rendering: what it has written, its variables, and what is left of its budget. */
export interface Run<Context> {
  readonly functions: Functions<Context>;
  readonly context: Context;
  readonly defined: ReadonlyMap<string, TemplateBody>;
  /** Where in an HTML document the writing is; undefined for plain text. */
  html: HtmlPlace | undefined;
  readonly variables: { readonly name: string; value: Value }[];
  out: string;
  readonly budget: RenderBudget;
  steps: number;
  calls: number;
  /** The template being executed, for errors. */
  executing: TemplateBody;
  readonly render: RenderNamed;
}

/** A rendering of any context: what walking a template needs of it. */
export type AnyRun = Omit<Run<never>, 'functions' | 'context'>;

/** Something positioned in the template, for errors. */
export interface Place {
  readonly at: number;
}

/** An error as Go places it: template, line, column in bytes, and the text of what failed. */
export function failure(run: AnyRun, place: Place, shown: string, message: string): TemplateError {
  const { source, parseName, name } = run.executing;
  const before = source.slice(0, place.at);
  const line = before.split('\n').length;
  const column = byteLength(before.slice(before.lastIndexOf('\n') + 1));
  return new TemplateError(
    `template: ${parseName}:${line}:${column}: executing ${JSON.stringify(name)} at <${shown}>: ${message}`,
  );
}

/** Takes one step of the budget. @throws TemplateError when it is spent */
export function step(run: AnyRun): void {
  const { steps } = run.budget;
  if (++run.steps > steps) throw new TemplateError(`template: ${run.executing.parseName}: more than ${steps} steps`);
}

/** @throws TemplateError when the result would be longer than any reader wants */
export function write(run: AnyRun, text: string): void {
  const { output } = run.budget;
  if (run.out.length + text.length > output) {
    throw new TemplateError(`template: ${run.executing.parseName}: result longer than ${output} characters`);
  }
  run.out += text;
}
