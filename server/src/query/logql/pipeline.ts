import { type Extraction, type LabelFormat, type NamedMatcher, printStage, type Stage } from '@trilith/lang/logql';
import { TemplateError } from '@trilith/lang/template';
import type { Labels } from '../../model/labels.ts';
import { logfmtKey } from './expression_tokens.ts';
import { jsonValues, parseJsonPath } from './json_path.ts';
import { compileLabelFilter, compileMatcher, type ValueTest } from './label_filter.ts';
import { compileLineFilter } from './line_filter.ts';
import { extractPattern, parseExtractionPattern } from './line_pattern.ts';
import { logfmtValues } from './logfmt_value.ts';
import type { NeededNames } from './needed_names.ts';
import { flattenJson, stringFields } from './parse_json.ts';
import { keysThatMayBecome, parseLogfmt, sanitizeName } from './parse_logfmt.ts';
import { LogqlError } from './query_error.ts';
import { searchPattern } from './regex.ts';
import type { RowLabels, StreamLabels, VirtualField } from './row_labels.ts';
import { RowLabels as Row } from './row_labels.ts';
import { compileTemplate, type Template } from './template/compile.ts';

/** The record in work: labels change in place, `line` is replaced. */
export interface PipelineRow {
  readonly labels: RowLabels;
  line: string;
  timeNs: bigint;
}

/** One stage; false drops the record. */
type StageRun = (row: PipelineRow) => boolean;

export interface Pipeline {
  /** Sends a record through; undefined when it is dropped. The row is reused: read it before the next call. */
  run(
    stream: StreamLabels,
    metadata: Labels,
    line: string,
    timeNs: bigint,
    virtual?: VirtualField,
  ): PipelineRow | undefined;
}

/**
 * @param needed names that json and logfmt extract; others need not be looked at
 * @throws LogqlError for patterns and templates that do not compile
 */
export function compilePipeline(stages: readonly Stage[], needed?: NeededNames): Pipeline {
  const runs = stages.map((stage) => compileNamed(stage, needed));
  const row: PipelineRow = { labels: new Row(), line: '', timeNs: 0n };
  return {
    run(stream, metadata, line, timeNs, virtual) {
      row.labels.reset(stream, metadata, virtual);
      row.line = line;
      row.timeNs = timeNs;
      for (const run of runs) if (!run(row)) return undefined;
      return row;
    },
  };
}

/** Compiles a stage. What is wrong with it is told with its text, as Loki does; errors of matchers stand for themselves. */
function compileNamed(stage: Stage, needed: NeededNames): StageRun {
  try {
    return compileStage(stage, needed);
  } catch (error) {
    if (!(error instanceof LogqlError) || error.kind !== 'execution' || error.message.startsWith('parse error'))
      throw error;
    const parser = stage.kind === 'pattern' || stage.kind === 'regexp';
    const where = parser ? `invalid ${stage.kind} parser:` : `stage '${printStage(stage)}' :`;
    throw new LogqlError('execution', `parse error : ${where} ${error.message}`, { cause: error });
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ANSI = /\u001b\[[0-9;]*[A-Za-z]/g;

function compileStage(stage: Stage, needed: NeededNames): StageRun {
  switch (stage.kind) {
    case 'line_filter': {
      const test = compileLineFilter(stage);
      return (row) => test(row.line);
    }
    case 'label_filter': {
      const test = compileLabelFilter(stage.filter);
      return (row) => test(row.labels);
    }
    case 'json':
      return stage.extractions.length === 0 ? json(needed) : jsonExpressions(stage.extractions);
    case 'logfmt':
      return stage.extractions.length === 0 ? logfmt(stage, needed) : logfmtExpressions(stage);
    case 'unpack':
      return runUnpack;
    case 'regexp':
      return regexpParser(stage.pattern);
    case 'pattern': {
      const pattern = parseExtractionPattern(stage.pattern);
      return (row) => {
        extractPattern(pattern, row.line, (name, value) => row.labels.setParsed(name, value));
        return true;
      };
    }
    case 'line_format': {
      const template = compileTemplate(stage.template, 'line');
      return (row) => {
        row.line = render(template, row) ?? row.line;
        return true;
      };
    }
    case 'label_format':
      return labelFormat(stage.formats);
    case 'decolorize':
      return (row) => {
        row.line = row.line.replace(ANSI, '');
        return true;
      };
    case 'drop':
      return drop(stage.items);
    case 'keep':
      return keep(stage.items);
  }
}

function json(needed: NeededNames): StageRun {
  return (row) => {
    const { labels } = row;
    const hasEnough = (): boolean => needed !== undefined && labels.hasSet(needed);
    if (hasEnough()) return true;
    const error = flattenJson(row.line, (name, value) => labels.setParsed(name, value), needed, hasEnough);
    if (error !== undefined) row.labels.setParserError('JSONParserErr', error);
    return true;
  };
}

const runUnpack: StageRun = (row) => {
  if (row.line === '') return true;
  let entry: string | undefined;
  const fields: [name: string, value: string][] = [];
  const error = stringFields(row.line, (name, value) => {
    if (name === '_entry') entry = value;
    else fields.push([sanitizeName(name), value]);
  });
  if (error !== undefined) row.labels.setParserError('JSONParserErr', error);
  // Without _entry the line was not packed: nothing of it is taken for labels.
  if (error !== undefined || entry === undefined) return true;
  for (const [name, value] of fields) row.labels.setParsed(name, value);
  row.line = entry;
  return true;
};

/** A line that begins otherwise, be it with white space, is not looked at (isValidJSONStart of Loki). */
const BEGINS_LIKE_JSON = /^["{[]/;

function jsonExpressions(extractions: readonly Extraction[]): StageRun {
  const paths = extractions.map((e) => parseJsonPath(e.expression));
  return (row) => {
    if (row.line === '') return true;
    if (!BEGINS_LIKE_JSON.test(row.line)) {
      row.labels.setParserError('JSONParserErr');
      return true;
    }
    const { values, error } = jsonValues(row.line, paths);
    if (error !== undefined) row.labels.setParserError('JSONParserErr', error);
    extractions.forEach(({ name }, i) => {
      const value = values[i];
      if (value !== undefined) row.labels.setAsked(name, value);
      else if (row.labels.own(name) === undefined) row.labels.set(name, '');
    });
    return true;
  };
}

type LogfmtStage = Extract<Stage, { kind: 'logfmt' }>;

function logfmt({ strict, keepEmpty }: LogfmtStage, needed: NeededNames): StageRun {
  const wanted = needed === undefined ? undefined : keysThatMayBecome([...needed]);
  return (row) => {
    const { labels } = row;
    const hasEnough = (): boolean => needed !== undefined && labels.hasSet(needed);
    if (hasEnough()) return true;
    const found = (key: string, value: string): void => {
      if (value === '' && !keepEmpty) return;
      const name = sanitizeName(key);
      if (name !== '' && (needed === undefined || needed.has(name))) labels.setParsed(name, value);
    };
    const error = parseLogfmt(row.line, strict, found, wanted, hasEnough);
    if (error !== undefined && strict) labels.setParserError('LogfmtParserErr', error);
    return true;
  };
}

/** Of the fields asked for those the line has not are set to nothing; of equal keys the last counts. */
function logfmtExpressions({ strict, extractions }: LogfmtStage): StageRun {
  const keys = extractions.map(({ expression }) => logfmtKey(expression));
  const wanted = keysThatMayBecome(keys);
  const values: (string | undefined)[] = [];
  const found = (key: string, value: string): void => {
    const name = sanitizeName(key);
    for (let i = 0; i < keys.length; i++) if (keys[i] === name) values[i] = value;
  };
  const look = strict ? undefined : logfmtValues(keys);
  return ({ labels, line }) => {
    let error: string | undefined;
    if (look?.(line, values) !== true) {
      values.length = 0;
      error = parseLogfmt(line, strict, found, wanted);
    }
    for (let i = 0; i < keys.length; i++) {
      const { name } = extractions[i] as Extraction;
      const value = values[i];
      if (value !== undefined) labels.setAsked(name, value);
      else if (!labels.isGiven(name)) labels.setAsked(name, '');
    }
    if (error !== undefined && strict) labels.setParserError('LogfmtParserErr', error);
    return true;
  };
}

function regexpParser(text: string): StageRun {
  const names = [...text.matchAll(/\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/g)].map((m) => m[1] ?? '');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new LogqlError('execution', `duplicate extracted label name '${twice}'`);
  const pattern = searchPattern(text);
  const groups = Object.entries(pattern.namedGroups());
  if (groups.length === 0) throw new LogqlError('execution', 'at least one named capture must be supplied');
  return (row) => {
    const matcher = pattern.matcher(row.line);
    if (!matcher.find()) return true;
    for (const [name, index] of groups) row.labels.setParsed(name, matcher.group(index) ?? '');
    return true;
  };
}

/** What a template makes of a record; undefined when it fails, which the record then says. */
function render(template: Template, row: PipelineRow): string | undefined {
  try {
    return template(row.labels, row.line, row.timeNs);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    row.labels.setError('TemplateFormatErr', error.message);
    return undefined;
  }
}

/** All templates see the labels as they are at the first one; renames see what the formats before them left. */
function labelFormat(formats: readonly LabelFormat[]): StageRun {
  const templates = formats.map((f) => (f.kind === 'template' ? compileTemplate(f.template, 'label') : undefined));
  return (row) => {
    const { labels } = row;
    let texts: (string | undefined)[] | undefined;
    formats.forEach((format, i) => {
      if (format.kind === 'template') {
        texts ??= templates.map((template) => (template === undefined ? undefined : render(template, row)));
        const text = texts[i];
        if (text !== undefined) labels.set(format.name, text);
        return;
      }
      const value = labels.get(format.from);
      if (value === undefined) return;
      labels.set(format.name, value);
      labels.delete(format.from);
    });
    return true;
  };
}

function itemTests(items: readonly NamedMatcher[]): { name: string; test: ValueTest | undefined }[] {
  return items.map((item) => ({
    name: item.name,
    test: item.matcher === undefined ? undefined : compileMatcher(item.matcher),
  }));
}

function drop(items: readonly NamedMatcher[]): StageRun {
  const tests = itemTests(items);
  return (row) => {
    for (const { name, test } of tests) {
      if (test === undefined || test(row.labels.get(name) ?? '')) row.labels.delete(name);
    }
    return true;
  };
}

function keep(items: readonly NamedMatcher[]): StageRun {
  const tests = itemTests(items);
  return (row) => {
    const { labels } = row;
    for (const name of labels.names()) {
      const kept = tests.some(
        (item) => item.name === name && (item.test === undefined || item.test(labels.get(name) ?? '')),
      );
      if (!kept) labels.delete(name);
    }
    return true;
  };
}
