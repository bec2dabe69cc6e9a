import { sparkPath } from '../../chart/sparkPath.ts';

interface Props {
  readonly values: readonly (number | null | undefined)[];
  readonly threshold: number | undefined;
}

const width = 132;
const height = 30;

/** The last hour of a value against the line it must not cross; decoration beside figures. */
export function ThresholdSpark({ values, threshold }: Props) {
  const top = Math.max(0, threshold ?? 0, ...values.map((value) => value ?? 0));
  const level = threshold === undefined || top === 0 ? null : height - 1 - (threshold / top) * (height - 2);
  return (
    <svg
      className="threshold-spark"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {level !== null && level <= height && (
        <line x1="0" x2={width} y1={level} y2={level} className="spark-threshold" />
      )}
      <path d={sparkPath(values, width, height, threshold)} className="spark-value" />
    </svg>
  );
}
