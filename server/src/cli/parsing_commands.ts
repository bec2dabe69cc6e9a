/**
 * Commands that bring the parsers of files and languages with them: their modules, half a second of processor time, are
 * loaded when they are asked for.
 */
export const checkCommand: typeof import('./check.ts').checkCommand = async (...args) =>
  (await import('./check.ts')).checkCommand(...args);

export const testCommand: typeof import('./test_rules.ts').testCommand = async (...args) =>
  (await import('./test_rules.ts')).testCommand(...args);

export const sloCommand: typeof import('./alerts/slo.ts').sloCommand = async (...args) =>
  (await import('./alerts/slo.ts')).sloCommand(...args);

export const onCallCommand: typeof import('./alerts/on_call.ts').onCallCommand = async (...args) =>
  (await import('./alerts/on_call.ts')).onCallCommand(...args);
