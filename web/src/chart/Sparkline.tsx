import { sparkPath } from './sparkPath.ts';

interface Props {
  readonly values: readonly (number | null)[];
  readonly color: string;
  readonly width?: number;
  readonly height?: number;
}

/** A tiny trend; decoration beside figures, so hidden from screen readers. */
export function Sparkline({ values, color, width = 110, height = 24 }: Props) {
  return (
    <svg className="sparkline" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      <path d={sparkPath(values, width, height)} fill="none" stroke={color} strokeWidth="1.4" strokeLinejoin="round" />
    </svg>
  );
}
