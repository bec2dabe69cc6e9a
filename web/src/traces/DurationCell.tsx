import { useFormats } from '../i18n/format.ts';

interface Props {
  readonly ms: number;
  /** The longest of the column, whose bar is full. */
  readonly longestMs: number;
  readonly failed: boolean;
}

/** A duration as text over a bar. */
export function DurationCell({ ms, longestMs, failed }: Props) {
  const formats = useFormats();
  return (
    <td className="duration-cell num">
      <span
        className="duration-bar"
        style={{ width: `${Math.max(1, (ms / longestMs) * 100)}%` }}
        data-error={failed || undefined}
      />
      <span>{formats.duration(ms)}</span>
    </td>
  );
}
