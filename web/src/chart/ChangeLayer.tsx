import type { Change } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { fetchChanges } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { useAnswer } from '../states/useAnswer.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { PlotBox } from './options.ts';

const none: readonly Change[] = [];
const mostDrawn = 60;

/** What changed in the range shown, or within another, for a service or (empty) for all. */
export function useChanges(service: string, within?: Range): readonly Change[] {
  const time = useTime();
  const range = within ?? time.range;
  const answer = useAnswer({
    subject: within === undefined ? ['changes', service] : ['changes', service, 'period'],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchChanges(range, service, signal),
  });
  return answer.data?.changes ?? none;
}

/** What a change is said as: when, what, of which service and which version. */
export function useChangeLabel(): (change: Change) => string {
  const { t } = useTranslation();
  const formats = useFormats();
  return (one) => {
    const said = [t(`point.change.${one.kind}`), one.service, one.title, one.version].filter((text) => text !== '');
    return `${formats.dateTime(one.timeMs)} · ${said.join(' · ')}`;
  };
}

/** Deploys and other changes over a plot: a dashed line and a mark that says what it was. */
export function ChangeLayer({ changes, box }: { readonly changes: readonly Change[]; readonly box: PlotBox }) {
  const labelOf = useChangeLabel();
  const { x, left, top, width, height } = box;
  return changes
    .filter(({ timeMs }) => timeMs >= x.min && timeMs <= x.max)
    .slice(-mostDrawn)
    .map((one) => {
      const label = labelOf(one);
      const style = { left: left + ((one.timeMs - x.min) / (x.max - x.min || 1)) * width, top, height };
      return one.url === '' ? (
        <span key={one.id} className="change-mark" style={style} title={label} role="img" aria-label={label} />
      ) : (
        <a
          key={one.id}
          className="change-mark"
          style={style}
          href={one.url}
          target="_blank"
          rel="noreferrer"
          title={label}
        >
          <span className="visually-hidden">{label}</span>
        </a>
      );
    });
}
