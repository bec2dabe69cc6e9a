import {
  execute,
  parseTemplate,
  syntaxErrorText,
  type TemplateBody,
  TemplateSyntaxError,
} from '@trilith/lang/template';
import type { TemplateData } from './data.ts';
import { DEFAULT_TEMPLATES } from './default_templates.ts';
import { NOTIFICATION_FUNCTIONS } from './functions.ts';
import { dataValue } from './values.ts';
import type { TemplateLocale } from './words.ts';

/** Templates of notifications: the default ones, those of the operator's files, and single texts of the configuration. */
export interface NotificationTemplates {
  /** Throws TemplateSyntaxError and TemplateError. */
  text(template: string, data: TemplateData): string;
  /** The same with what is inserted escaped for HTML. */
  html(template: string, data: TemplateData): string;
}

/** Enough to list 20,000 alerts: a group must not be too large to be told. */
const BUDGET = { steps: 10_000_000, output: 32 * 1024 * 1024 } as const;

/** A template file that cannot be read. */
export class TemplateFileError extends Error {
  override readonly name = 'TemplateFileError';
}

/** A file of templates; what a later one defines replaces what an earlier one did. */
export interface TemplateFile {
  readonly name: string;
  readonly text: string;
}

/** Throws TemplateFileError. */
export function loadTemplates(files: readonly TemplateFile[], locale: TemplateLocale): NotificationTemplates {
  let defined: ReadonlyMap<string, TemplateBody> = new Map();
  const defaults = DEFAULT_TEMPLATES.get(locale);
  for (const { name, text } of [...(defaults === undefined ? [] : [defaults]), ...files]) {
    try {
      const tree = parseTemplate(text, name, { functions: NOTIFICATION_FUNCTIONS, defined });
      defined = new Map([...tree.defined, [name, tree]]);
    } catch (error) {
      if (!(error instanceof TemplateSyntaxError)) throw error;
      throw new TemplateFileError(syntaxErrorText(error, name, text), { cause: error });
    }
  }
  const render = (template: string, data: TemplateData, html: boolean): string => {
    if (template === '') return '';
    const tree = parseTemplate(template, '', { functions: NOTIFICATION_FUNCTIONS, defined });
    return execute(tree, dataValue(data), {
      functions: NOTIFICATION_FUNCTIONS,
      context: undefined,
      html,
      budget: BUDGET,
    });
  };
  return {
    text: (template, data) => render(template, data, false),
    html: (template, data) => render(template, data, true),
  };
}
