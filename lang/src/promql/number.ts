/**
 * Parses a number as Prometheus (Go's strconv with base 0, then ParseFloat) does: decimal, hexadecimal, octal with a
 * leading 0 or 0o, binary, underscores between digits, exponent, `Inf` and `NaN` in any case. Undefined when it is none.
 */
export function parseNumber(text: string): number | undefined {
  const clean = text.replaceAll('_', '');
  if (
    text.includes('_') &&
    !/^(0[xXbBoO]_?)?[0-9a-fA-F]+(_[0-9a-fA-F]+)*(\.[0-9]+(_[0-9]+)*)?([eE][+-]?[0-9]+)?$/.test(text)
  )
    return undefined;
  if (/^0[xX][0-9a-fA-F]+$/.test(clean)) return Number(clean);
  if (/^0[bB][01]+$/.test(clean) || /^0[oO][0-7]+$/.test(clean)) return Number(clean);
  if (/^0[0-7]+$/.test(clean)) return Number.parseInt(clean, 8);
  if (/^[+-]?inf(inity)?$/i.test(clean))
    return clean.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(clean)) return Number.NaN;
  if (!/^[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?$/.test(clean) || !/[0-9]/.test(clean)) return undefined;
  const value = Number(clean);
  return Number.isFinite(value) ? value : undefined;
}

/** Formats as Go's `strconv.FormatFloat(value, 'f', -1, 64)`: shortest digits that read back, never an exponent. */
export function formatNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const text = String(value);
  const e = text.indexOf('e');
  return e === -1 ? text : expand(text.slice(0, e), Number(text.slice(e + 1)));
}

function expand(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.slice(sign.length).split('.');
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Formats as Go's `%v` / `FormatFloat(value, 'g', -1, 64)`: an exponent below 1e-4 and from 1e21 on. */
export function formatNumberShort(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatNumber(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e21) return formatNumber(value);
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${mantissa}e${sign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`;
}
