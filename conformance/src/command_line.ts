import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** An option of a development command: its default decides whether it takes a number, a text or nothing. */
interface Option {
  readonly default: number | string | boolean;
  readonly about: string;
}

type Value<Default> = Default extends number ? number : Default extends boolean ? boolean : string;

function helpText(command: string, about: string, options: Readonly<Record<string, Option>>): string {
  const named = Object.entries(options).map(([name, option]) => {
    const value = typeof option.default === 'number' ? ' N' : typeof option.default === 'string' ? ' TEXT' : '';
    const unsaid = typeof option.default === 'boolean' || option.default === '' ? '' : ` (default ${option.default})`;
    return [`--${name}${value}`, `${option.about}${unsaid}`] as const;
  });
  const lines = [...named, ['--help', 'show this'] as const];
  const width = Math.max(...lines.map(([name]) => name.length));
  return `${command} [-- OPTIONS]\n\n${about}\n\n${lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n')}\n`;
}

/**
 * The options a development command was called with. `--help` prints what there is and ends the process with 0; an unknown
 * option or a number that is none is named and ends it with 2. A text that was not given is `''`.
 */
export function commandLine<Options extends Readonly<Record<string, Option>>>(
  command: string,
  about: string,
  options: Options,
): { readonly [Name in keyof Options]: Value<Options[Name]['default']> } {
  const refuse = (reason: string): never => {
    process.stderr.write(`${reason}\n\n${helpText(command, about, options)}`);
    process.exit(2);
  };
  const config: ParseArgsOptionsConfig = { help: { type: 'boolean' } };
  for (const [name, option] of Object.entries(options))
    config[name] = { type: typeof option.default === 'boolean' ? 'boolean' : 'string' };
  const given = ((): Readonly<Record<string, unknown>> => {
    try {
      return parseArgs({ options: config }).values;
    } catch (error) {
      return refuse(error instanceof Error ? error.message : String(error));
    }
  })();
  if (given.help === true) {
    process.stdout.write(helpText(command, about, options));
    process.exit(0);
  }
  const values = Object.entries(options).map(([name, option]) => {
    const value = given[name] ?? option.default;
    if (typeof option.default !== 'number') return [name, value] as const;
    const number = Number(value);
    if (value === '' || !Number.isFinite(number) || number < 0)
      return refuse(`--${name} takes a number, not ${String(value)}`);
    return [name, number] as const;
  });
  return Object.fromEntries(values) as { readonly [Name in keyof Options]: Value<Options[Name]['default']> };
}
