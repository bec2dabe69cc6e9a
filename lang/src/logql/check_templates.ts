import { parseTemplate, syntaxErrorText, TemplateSyntaxError } from '../template/index.ts';
import type { LabelFormat, LogExpr, Stage } from './ast.ts';
import { LogqlParseError } from './parse_error.ts';
import { printStage } from './print.ts';
import { LOGQL_TEMPLATES } from './template_functions.ts';

/**
 * Reads the templates of a pipeline's line_format and label_format stages.
 * @throws LogqlParseError worded as Loki words it; placed at the stage
 */
export function checkTemplates(log: LogExpr): void {
  for (const stage of log.stages) {
    if (stage.kind === 'line_format') {
      checkTemplate(stage, printStage(stage), stage.template, 'line', 'invalid line template');
    } else if (stage.kind === 'label_format') checkLabelFormat(stage, stage.formats);
  }
}

function checkLabelFormat(stage: Stage, formats: readonly LabelFormat[]): void {
  const written = printStage(stage);
  const names = new Set<string>();
  for (const format of formats) {
    if (names.has(format.name)) {
      throw stageError(stage, written, `multiple label name '${format.name}' not allowed in a single format operation`);
    }
    names.add(format.name);
    if (format.kind === 'rename') continue;
    checkTemplate(stage, written, format.template, 'label', `invalid template for label '${format.name}'`);
  }
}

function checkTemplate(stage: Stage, written: string, template: string, name: string, what: string): void {
  try {
    parseTemplate(template, name, LOGQL_TEMPLATES);
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error;
    throw stageError(stage, written, `${what}: ${syntaxErrorText(error, name, template)}`);
  }
}

function stageError(stage: Stage, written: string, what: string): LogqlParseError {
  const detail = `stage '${written}' : ${what}`;
  return new LogqlParseError(`parse error : ${detail}`, detail, stage.span.start, stage.span.end);
}
