import { PromqlParseError, parse } from '@trilith/lang/promql';
import {
  BUILTIN_FUNCTIONS,
  execute,
  parseTemplate,
  stringMap,
  TemplateError,
  TemplateSyntaxError,
} from '@trilith/lang/template';
import { ObjectiveError } from './objective.ts';

const FUNCTIONS = new Map(Object.entries(BUILTIN_FUNCTIONS));
const LANGUAGE = { functions: FUNCTIONS };
const HAS_WINDOW = /\{\{ *\.window *\}\}/;

/** An indicator's expression for one window. Throws ObjectiveError for a template that cannot be rendered. */
export function atWindow(template: string, window: string): string {
  try {
    const tree = parseTemplate(template, 'expr', LANGUAGE);
    return execute(tree, stringMap([['window', window]]), { functions: FUNCTIONS, context: undefined });
  } catch (error) {
    if (error instanceof TemplateSyntaxError || error instanceof TemplateError) throw new ObjectiveError(error.message);
    throw error;
  }
}

/** Undefined for a template with a window whose expression is PromQL (when `promql`), else what is wrong. */
export function expressionProblem(template: string, promql: boolean): string | undefined {
  if (template === '') return 'query template is required';
  if (!HAS_WINDOW.test(template)) return 'template must contain the {{ .window }} variable';
  try {
    const expr = atWindow(template, '1m');
    if (promql) parse(expr);
    return undefined;
  } catch (error) {
    if (error instanceof ObjectiveError || error instanceof PromqlParseError) return error.message;
    throw error;
  }
}
