import { formatNumber } from '@trilith/lang/promql';

/** A value as upstream's JSON has it: no exponent between 1e-6 and 1e21. */
export function sampleText(value: number): string {
  if (Number.isInteger(value) && value < 1e15 && value > -1e15) return value === 0 && 1 / value < 0 ? '-0' : `${value}`;
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-6 && magnitude < 1e21) {
    const text = `${value}`;
    return text.includes('e') ? formatNumber(value) : text;
  }
  if (!Number.isFinite(value)) return formatNumber(value);
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, '0')}`;
}
